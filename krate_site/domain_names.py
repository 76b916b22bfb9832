"""International domain names, of hosts and of e-mail addresses, in the one form that is kept.

That form is what DNS and mail servers are asked for: ASCII, lower case, without the dot of the
root. Names are converted by UTS 46, non-transitional, as browsers and mail programs do. Python's
own codec and Django's mail follow IDNA 2003, which makes `strasse` of `straße`: another domain,
with another owner.
Sources: https://www.unicode.org/reports/tr46/ and https://www.rfc-editor.org/rfc/rfc5891
"""

from typing import Any

import idna
from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

# https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4
LONGEST_DOMAIN = 253
# https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.1.3, and what a row can keep.
LONGEST_ADDRESS = 254
NO_DOMAIN = _("The part after the @ is no valid domain name. Check its spelling.")


class DomainNameError(ValueError):
    """No domain can have this name; the message says which name, to an operator."""


def ascii_domain(domain: str) -> str:
    """Return a domain name as it is kept; raises DomainNameError for one that can't be converted.

    What is ASCII already is only put in lower case: whoever asks for it judges whether it is a
    name, or an address in brackets.
    """
    if domain.isascii():
        return domain.lower().removesuffix(".")
    # Before anything reads it character by character.
    if len(domain) <= LONGEST_DOMAIN:
        try:
            return idna.encode(domain, uts46=True).decode("ascii").removesuffix(".")
        except UnicodeError:
            pass
    raise DomainNameError(f"{domain[:LONGEST_DOMAIN]!r} is no valid domain name.")


def canonical_address(address: str) -> str:
    """Return an e-mail address as it is kept: in lower case, its domain in ASCII.

    Raises DomainNameError for a domain that can't be converted.
    """
    local_part, at, domain = address.strip().rpartition("@")
    return local_part.lower() + at + ascii_domain(domain)


def address_to_find(text: str) -> str:
    """Return what to look for where somebody asks for an address, or for a word of one."""
    try:
        return canonical_address(text)
    except DomainNameError:
        return text.strip().lower()


def clean_address(value: Any) -> Any:
    """Return what was entered for an address as it is kept; raises ValidationError."""
    try:
        return canonical_address(value) if value else value
    except DomainNameError as error:
        raise ValidationError(NO_DOMAIN, code="invalid") from error


class AddressField(forms.EmailField):
    """An e-mail address in a form, which comes out as it is kept."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", LONGEST_ADDRESS)
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Any:
        return clean_address(super().to_python(value))


class ModelAddressField(models.EmailField):
    """An e-mail address in a model, whose forms and `clean` bring it in the form that is kept.

    Saving doesn't: a row from before may have an address for which another domain answered.
    """

    def clean(self, value: Any, model_instance: models.Model | None) -> Any:
        return super().clean(clean_address(value), model_instance)

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": AddressField, **kwargs})

    def deconstruct(self) -> Any:
        """To the database it is Django's own field, so migrations name that."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.EmailField", args, kwargs
