"""The tenant's webhook endpoint at Stripe: its address, its events, and making it."""

from typing import TYPE_CHECKING, Any, cast

import stripe
from django.db import transaction
from django.urls import reverse
from django.views.decorators.debug import sensitive_variables
from wagtail.models import Site

from billing.models.settings import BillingSettings
from billing.setup.checks import endpoints_for
from billing.stripe_api.client import STRIPE_API_VERSION, stripe_client
from billing.stripe_api.errors import stripe_problems, suppress_stripe_problem
from billing.stripe_ids import Mode
from billing.webhooks import EVENT_TYPES
from billing.webhooks.signing_secrets import replace_secret
from krate_site.tenancy.sites import absolute_url

if TYPE_CHECKING:
    from stripe.params import WebhookEndpointCreateParams


def webhook_url(site: Site) -> str:
    """Return the address that Stripe is to call: `https://<domain>/api/stripe/webhook` (R18)."""
    return absolute_url(site, reverse("stripe_webhook"))


def create_endpoint(billing_settings: BillingSettings) -> None:
    """Make a new endpoint at Stripe, store its secret, and remove our older ones there.

    The secret that was stored stays valid for a day, for deliveries on their way. Raises
    StripeProblem, and then nothing is changed here; an endpoint whose secret couldn't be stored is
    removed again.
    """
    client = stripe_client(billing_settings)
    url = webhook_url(billing_settings.site)
    older = list(endpoints_for(client, url))
    wanted: WebhookEndpointCreateParams = {
        "url": url,
        # The SDK types these two as lists of every name there is.
        "enabled_events": cast("Any", list(EVENT_TYPES)),
        "api_version": cast("Any", STRIPE_API_VERSION),
        "description": "KrateCMS: keeps subscriptions and access in step",
    }
    with stripe_problems():
        endpoint = client.v1.webhook_endpoints.create(wanted)
    try:
        mode: Mode = "live" if endpoint.livemode else "test"
        store_secret(billing_settings, str(endpoint.secret), mode=mode)
    except Exception:
        remove(client, endpoint)
        raise
    for endpoint in older:
        remove(client, endpoint)


@sensitive_variables("secret")
def store_secret(billing_settings: BillingSettings, secret: str, *, mode: Mode) -> None:
    """Store a signing secret of this mode and keep the one before it for what it still signs."""
    with transaction.atomic():
        stored = BillingSettings.objects.select_for_update().get(pk=billing_settings.pk)
        stored.save(update_fields=replace_secret(stored, secret, mode=mode))


def remove(client: stripe.StripeClient, endpoint: stripe.WebhookEndpoint) -> None:
    """Delete an endpoint at Stripe; one that is left over does no harm."""
    with suppress_stripe_problem("%s is left at Stripe", endpoint.id), stripe_problems():
        client.v1.webhook_endpoints.delete(endpoint.id)
