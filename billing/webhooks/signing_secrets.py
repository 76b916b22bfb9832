"""Which of a tenant's signing secrets count, for which mode, and until when (rule W1).

A secret counts for the mode, test or live, of the keys that it was saved with, or of the key by
which its endpoint was made; one that was saved without keys counts for test mode. The mode is
sealed in with the secret. One that an earlier release saved has none: it counts for the mode of the
keys beside it until the keys are changed. Whoever holds the secret of test mode can sign nothing of
live mode.

Stripe signs by a secret that was rolled for up to 24 hours beside the new one, and signs each
attempt of a delivery anew: https://docs.stripe.com/webhooks#roll-endpoint-secrets
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from billing.models.secrets import SecretUnreadableError, reveal_with_mode, seal
from billing.models.settings import BillingSettings
from billing.stripe_ids import Mode

CURRENT, PREVIOUS = "webhook_secret", "previous_webhook_secret"
OVERLAP = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True)
class SigningSecret:
    """A signing secret and the mode whose events it verifies."""

    value: str = field(repr=False)
    mode: Mode


def valid_secrets(settings: BillingSettings) -> list[SigningSecret]:
    """Return the secrets that verify an event now; raises SecretUnreadableError.

    A tenant without keys takes events of one mode only, its current secret's.
    """
    current, previous = current_secret(settings), previous_secret(settings)
    if current and previous and previous.mode != current.mode and settings.mode is None:
        previous = None
    return [secret for secret in (current, previous) if secret]


def current_secret(settings: BillingSettings) -> SigningSecret | None:
    """Return the stored secret, None where there is none; raises SecretUnreadableError."""
    value, mode = reveal_with_mode(settings, CURRENT)
    return SigningSecret(value=value, mode=mode or settings.mode or "test") if value else None


def previous_secret(settings: BillingSettings) -> SigningSecret | None:
    """Return the secret before it, None once its day is over; raises SecretUnreadableError.

    Without a mode it was written by an earlier release, and nobody knows what it was for.
    """
    until = previous_valid_until(settings)
    if until is None or until <= timezone.now():
        return None
    value, mode = reveal_with_mode(settings, PREVIOUS)
    return SigningSecret(value=value, mode=mode) if value and mode else None


def previous_valid_until(settings: BillingSettings) -> datetime | None:
    """Return when the previous secret ends or has ended, None where there is none that counts."""
    replaced_at = settings.webhook_secret_replaced_at
    return replaced_at + OVERLAP if replaced_at and settings.previous_webhook_secret else None


@sensitive_variables("value", "current")
def replace_secret(settings: BillingSettings, value: str, *, mode: Mode) -> list[str]:
    """Make this the signing secret of that mode, and the one before it the previous.

    The same secret entered again only gets the mode. Returns the columns to be saved; what can't be
    decrypted is no previous secret.
    """
    site_id = settings.site_id
    current = readable_secret(settings)
    columns = [CURRENT]
    if current and current.value != value:
        previous = seal(current.value, site_id=site_id, field=PREVIOUS, mode=current.mode)
        setattr(settings, PREVIOUS, previous)
        settings.webhook_secret_replaced_at = timezone.now()
        columns += [PREVIOUS, "webhook_secret_replaced_at"]
    setattr(settings, CURRENT, seal(value, site_id=site_id, field=CURRENT, mode=mode))
    return columns


def keep_mode(settings: BillingSettings) -> list[str]:
    """Seal its mode into the stored secret where that isn't so yet: its keys are about to change.

    Returns the columns to be saved.
    """
    current = readable_secret(settings)
    if current is None or reveal_with_mode(settings, CURRENT)[1]:
        return []
    return replace_secret(settings, current.value, mode=current.mode)


def end_previous_secret(settings: BillingSettings) -> list[str]:
    """Let the previous secret count no longer; return the columns to be saved."""
    settings.previous_webhook_secret = ""
    settings.webhook_secret_replaced_at = None
    return [PREVIOUS, "webhook_secret_replaced_at"]


def readable_secret(settings: BillingSettings) -> SigningSecret | None:
    """Return the current secret, None where there is none that can be decrypted."""
    try:
        value, mode = reveal_with_mode(settings, CURRENT)
    except SecretUnreadableError:
        return None
    mode = mode or settings.readable_mode or "test"
    return SigningSecret(value=value, mode=mode) if value else None
