"""Sets up each tenant's side at Stripe, here the sandbox, and enters it in the billing settings.

Products, prices and the portal's configuration are made through Stripe's API, as an owner would
in Stripe's dashboard; the webhook endpoint by the product's own button.
"""

from typing import Any

import stripe
from wagtail.models import Site

from billing.models import BillingSettings
from billing.setup.checks import endpoints_for
from billing.setup.inspection import inspect
from billing.setup.webhook_endpoint import create_endpoint, webhook_url
from billing.stripe_api.client import client_for_key
from demo.articles import read_publication


class RecordsGoneError(Exception):
    """The database speaks of prices that the sandbox doesn't know."""


def open_shop(tenant: str, site: Site, *, keys: dict[str, str]) -> None:
    """Make the tenant sell Pro, unless it does. `keys` are its account's.

    Raises RecordsGoneError where the sandbox has lost what the database relies on.
    """
    client = client_for_key(keys["secret_key"], wait="command")
    billing_settings = BillingSettings.for_site(site)
    if billing_settings.monthly_price_id:
        check_price(client, billing_settings.monthly_price_id)
        if not list(endpoints_for(client, webhook_url(site))):  # another port than last time
            create_endpoint(billing_settings)
        return
    plan = read_publication(tenant)["pro"]
    product = client.v1.products.create({"name": plan["product"]})
    prices = {
        interval: client.v1.prices.create(
            {
                "product": product.id,
                "currency": plan["currency"],
                "unit_amount": plan[amount],
                "recurring": {"interval": interval},
            }
        )
        for interval, amount in (("month", "monthly"), ("year", "annual"))
    }
    configure_portal(client, site, product, [price.id for price in prices.values()])
    billing_settings.publishable_key = keys["publishable_key"]
    billing_settings.secret_key = keys["secret_key"]
    billing_settings.monthly_price_id = prices["month"].id
    billing_settings.annual_price_id = prices["year"].id
    billing_settings.save()
    create_endpoint(billing_settings)
    inspect(BillingSettings.objects.get(pk=billing_settings.pk))


def check_price(client: stripe.StripeClient, price_id: str) -> None:
    """Raise RecordsGoneError where the sandbox doesn't know this price."""
    try:
        client.v1.prices.retrieve(price_id)
    except stripe.InvalidRequestError as error:
        raise RecordsGoneError from error


def configure_portal(
    client: stripe.StripeClient, site: Site, product: stripe.Product, prices: list[str]
) -> None:
    """Let members update their card, switch between both plans and cancel at the period's end."""
    features: Any = {
        "customer_update": {"enabled": True, "allowed_updates": ["email"]},
        "invoice_history": {"enabled": True},
        "payment_method_update": {"enabled": True},
        "subscription_cancel": {"enabled": True, "mode": "at_period_end"},
        "subscription_update": {
            "enabled": True,
            "default_allowed_updates": ["price"],
            "products": [{"product": product.id, "prices": prices}],
        },
    }
    configurations = client.v1.billing_portal.configurations
    default = configurations.list({"is_default": True, "limit": 1}).data
    if default:
        configurations.update(default[0].id, {"features": features})
    else:
        configurations.create({"features": features, "default_return_url": site.root_url})
