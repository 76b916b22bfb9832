"""The Stripe client of one tenant, made from its own key (rule B4)."""

from functools import cache
from typing import Any, Literal

import stripe
from django.conf import settings
from django.utils.translation import get_language
from django.views.decorators.debug import sensitive_variables

from billing.models.secrets import SecretUnreadableError, reveal
from billing.models.settings import BillingSettings
from billing.stripe_api.errors import BillingNotConfigured, WritesHeldBack
from billing.stripe_api.slots import take_slot
from billing.stripe_ids import key_mode
from krate_site.tenancy.clone_guard import bind, is_at_home

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

    In a copy of the database a live key only reads: what would write raises WritesHeldBack.
    Raises BillingNotConfigured where there is no secret key, or none that can be decrypted. A call
    raises StripeBusy where too many requests wait already (`slots`). Never to be used inside a
    database transaction.
    """
    try:
        secret_key = reveal(billing_settings, "secret_key")
    except SecretUnreadableError as error:
        raise BillingNotConfigured(str(error)) from None
    if not secret_key:
        raise BillingNotConfigured("There is no secret key yet.")
    may_write = True
    if key_mode(secret_key) != "test":
        bind(billing_settings.site)
        may_write = is_at_home(billing_settings.site)
    return client_for_key(secret_key, wait=wait, may_write=may_write)


@sensitive_variables("secret_key")
def client_for_key(
    secret_key: str, *, wait: Patience = "person", may_write: bool = True
) -> stripe.StripeClient:
    """Return a client for a key that isn't stored yet: the settings panel's check."""
    return stripe.StripeClient(
        secret_key,
        stripe_version=STRIPE_API_VERSION,
        base_addresses={"api": settings.STRIPE_API_BASE, "files": settings.STRIPE_API_BASE},
        http_client=_http_client(PATIENCE[wait][0], may_write),
        max_network_retries=PATIENCE[wait][1],
    )


def language_of_pages() -> str:
    """Return the language that Stripe's own pages are asked for: the reader's here."""
    return (get_language() or "auto").split("-")[0]


class TakingTurns(stripe.RequestsClient):
    """Connections by which only some threads of a process wait for Stripe at once."""

    def request(self, *args: Any, **kwargs: Any) -> Any:
        take_slot()
        return super().request(*args, **kwargs)

    def request_stream(self, *args: Any, **kwargs: Any) -> Any:
        take_slot()
        return super().request_stream(*args, **kwargs)


class ReadingOnly(TakingTurns):
    """Connections by which nothing is changed at Stripe."""

    def request(self, method: str, *args: Any, **kwargs: Any) -> Any:
        if method.lower() != "get":
            raise WritesHeldBack
        return super().request(method, *args, **kwargs)

    def request_stream(self, method: str, *args: Any, **kwargs: Any) -> Any:
        if method.lower() != "get":
            raise WritesHeldBack
        return super().request_stream(method, *args, **kwargs)


@cache
def _http_client(seconds: float, may_write: bool) -> stripe.HTTPClient:
    """Return the connections that all tenants share; the SDK keeps one session a thread."""
    return (TakingTurns if may_write else ReadingOnly)(timeout=seconds)
