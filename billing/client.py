"""The Stripe client of one tenant, made from its own key (rule B4)."""

from functools import cache
from typing import Literal

import stripe
from django.conf import settings
from django.views.decorators.debug import sensitive_variables

from billing.errors import BillingNotConfigured
from billing.models.settings import BillingSettings
from billing.secrets import SecretUnreadableError, reveal

# For every request and for the webhook endpoints that we create: the version that the SDK's
# types describe.
STRIPE_API_VERSION: str = stripe.api_version

Patience = Literal["person", "command"]
# Seconds for an answer, and how often to ask again.
PATIENCE: dict[Patience, tuple[float, int]] = {"person": (5, 1), "command": (15, 2)}


@sensitive_variables("secret_key")
def stripe_client(
    billing_settings: BillingSettings, *, wait: Patience = "person"
) -> stripe.StripeClient:
    """Return a client that acts for this tenant; `wait` says who waits for the answer.

    Raises BillingNotConfigured where there is no secret key, or none that can be decrypted. Never
    to be used inside a database transaction.
    """
    try:
        secret_key = reveal(billing_settings, "secret_key")
    except SecretUnreadableError as error:
        raise BillingNotConfigured(str(error)) from None
    if not secret_key:
        raise BillingNotConfigured("There is no secret key yet.")
    return client_for_key(secret_key, wait=wait)


@sensitive_variables("secret_key")
def client_for_key(secret_key: str, *, wait: Patience = "person") -> stripe.StripeClient:
    """Return a client for a key that isn't stored yet: the settings panel's check."""
    return stripe.StripeClient(
        secret_key,
        stripe_version=STRIPE_API_VERSION,
        base_addresses={"api": settings.STRIPE_API_BASE, "files": settings.STRIPE_API_BASE},
        http_client=_http_client(PATIENCE[wait][0]),
        max_network_retries=PATIENCE[wait][1],
    )


@cache
def _http_client(seconds: float) -> stripe.HTTPClient:
    """Return the connections that all tenants share; the SDK keeps one session a thread."""
    return stripe.RequestsClient(timeout=seconds)
