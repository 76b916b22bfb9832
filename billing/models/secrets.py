"""Secrets at rest: a model field on MultiFernet whose plaintext is bound to its site and field (rule B3).

The packaged fields derive their key from SECRET_KEY, return ciphertext on a bad token, or are dead.
Source: https://cryptography.io/en/latest/fernet/#cryptography.fernet.MultiFernet
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.views.decorators.debug import sensitive_variables

from billing.stripe_ids import Mode

# Tells ciphertext from plaintext, so that neither is ever taken for the other.
MARK = "fernet:"


class SecretUnreadableError(Exception):
    """A stored secret can't be decrypted here; the message says what to do, and holds no secret."""


@dataclass(frozen=True)
class Sealed:
    """A secret as it lies in the database. Printing it, in a template or a log, shows nothing."""

    ciphertext: str

    def __str__(self) -> str:
        return "••••••••"

    def __repr__(self) -> str:
        return "<Sealed>"


class EncryptedTextField(models.TextField):
    """A text that is ciphertext in the database and stays `Sealed` on the instance.

    Assign a plain text to set it; saving seals it. Only `reveal` gives the plain text back. The
    model must have a `site`: a row's ciphertext is worthless in another tenant's row or field.
    """

    def from_db_value(self, value: str | None, *_args: Any) -> Sealed | str | None:
        return Sealed(value) if value else value

    def to_python(self, value: Any) -> Any:
        if isinstance(value, Sealed):
            return value
        text = super().to_python(value)
        return Sealed(text) if text and text.startswith(MARK) else text

    @sensitive_variables("value")
    def pre_save(self, model_instance: models.Model, add: bool) -> Sealed | str | None:
        value = super().pre_save(model_instance, add)
        if value and not isinstance(value, Sealed):
            value = seal(value, site_id=model_instance.site_id, field=self.attname)  # type: ignore[attr-defined]
            setattr(model_instance, self.attname, value)
        return value

    @sensitive_variables("value")
    def get_prep_value(self, value: Any) -> str | None:
        if isinstance(value, Sealed):
            return value.ciphertext
        if value:
            raise TypeError(f"{self.name} is encrypted: save it through the model's instance.")
        return value

    def value_to_string(self, obj: models.Model) -> str:
        value = self.value_from_object(obj)
        if value and not isinstance(value, Sealed):
            raise TypeError(f"{self.name} isn't saved yet: there is no ciphertext to write down.")
        return self.get_prep_value(value) or ""


@sensitive_variables("plaintext", "message")
def seal(plaintext: str, *, site_id: int | None, field: str, mode: Mode | None = None) -> Sealed:
    """Return the text encrypted by the newest key, bound to this site and field.

    With a `mode`, it is sealed in along with the text: neither can be changed without the other.
    Raises ImproperlyConfigured without usable keys, ValueError without a site.
    """
    if site_id is None:
        raise ValueError(f"{field} is encrypted for its site: set the site first.")
    message = {"site": site_id, "field": field, "value": plaintext}
    if mode:
        message["mode"] = mode
    return Sealed(MARK + keyring().encrypt(json.dumps(message).encode()).decode())


def reveal(instance: models.Model, field: str) -> str:
    """Return the plain text of an instance's encrypted field, "" where none is stored.

    A function of this module, since what is reachable from an instance is reachable from any
    template. Raises SecretUnreadableError for a wrong key, a damaged text or another row's.
    """
    return reveal_with_mode(instance, field)[0]


@sensitive_variables("message")
def reveal_with_mode(instance: models.Model, field: str) -> tuple[str, Mode | None]:
    """Return the plain text as `reveal` does, and the mode that was sealed in with it, if any."""
    stored = getattr(instance, field)
    if not isinstance(stored, Sealed):
        return stored or "", None
    site_id: int = instance.site_id  # type: ignore[attr-defined]
    try:
        token = stored.ciphertext.removeprefix(MARK)
        message = json.loads(keyring().decrypt(token.encode()))
    except InvalidToken:
        raise SecretUnreadableError(
            f"{field} of site {site_id} can't be decrypted by any key in KRATE_ENCRYPTION_KEYS. "
            "Add the key that encrypted it, or enter the secret again in the billing settings."
        ) from None
    if (message["site"], message["field"]) != (site_id, field):
        raise SecretUnreadableError(
            f"{field} of site {site_id} holds the ciphertext of another site or field. "
            "Enter the secret again in the billing settings."
        )
    return str(message["value"]), message.get("mode")


def rotated(sealed: Sealed) -> Sealed:
    """Return the same secret encrypted by the newest key; raises SecretUnreadableError."""
    try:
        token = keyring().rotate(sealed.ciphertext.removeprefix(MARK))
    except InvalidToken:
        raise SecretUnreadableError("No key in KRATE_ENCRYPTION_KEYS decrypts it.") from None
    return Sealed(MARK + token.decode())


def new_key() -> str:
    """Return a fresh key for KRATE_ENCRYPTION_KEYS."""
    return Fernet.generate_key().decode()


def keyring() -> MultiFernet:
    """Return the keys of KRATE_ENCRYPTION_KEYS, newest first; raises ImproperlyConfigured."""
    return _keyring(tuple(settings.KRATE_ENCRYPTION_KEYS))


@lru_cache(maxsize=4)
@sensitive_variables("keys", "key")
def _keyring(keys: tuple[str, ...]) -> MultiFernet:
    if not keys:
        raise ImproperlyConfigured(
            "KRATE_ENCRYPTION_KEYS is empty: the tenants' Stripe keys can't be stored or read. "
            "`manage.py rotate_keys --new-key` prints a fresh one."
        )
    fernets = []
    for number, key in enumerate(keys, start=1):
        try:
            fernets.append(Fernet(key))
        except ValueError:
            raise ImproperlyConfigured(
                f"Key {number} of KRATE_ENCRYPTION_KEYS isn't one: it must be 32 bytes in "
                "url-safe base64. `manage.py rotate_keys --new-key` prints a fresh one."
            ) from None
    return MultiFernet(fernets)
