"""Fixtures for whatever sells: the stand-in for Stripe, and a tenant that sells Pro there."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import stripe
from django.utils import timezone
from wagtail.models import Site

from billing.models import BillingSettings, Price
from membership.models import Membership
from tests.billing.stripe_objects import deliver
from tests.clients import TenantClient
from tests.factories import SiteFactory, UserFactory

if TYPE_CHECKING:
    from tests.stripe_sandbox.accounts import Account

WEBHOOK_SECRET = "whsec_test0123456789abcdefghijklmn"


@dataclass
class Shop:
    """A tenant that sells Pro, with its account at the sandbox."""

    site: Site
    account: "Account"
    settings: BillingSettings
    stripe: stripe.StripeClient
    product: stripe.Product
    monthly: stripe.Price
    annual: stripe.Price

    @property
    def publishable_key(self):
        return self.account.publishable_key

    @property
    def secret_key(self):
        return self.account.secret_key


@pytest.fixture(scope="session")
def running_sandbox():
    from tests.stripe_sandbox.server import Sandbox

    sandbox = Sandbox(port=0).start()
    yield sandbox
    sandbox.stop()


@pytest.fixture
def sandbox(running_sandbox, settings):
    """The stand-in for Stripe, empty, in the place of Stripe.

    Whatever a test has the product ask, Stripe's own description judges at the end.
    """
    from tests.outside.description import faults_of_requests

    running_sandbox.reset()
    settings.STRIPE_API_BASE = running_sandbox.url
    yield running_sandbox
    assert faults_of_requests(running_sandbox.requests()) == set()


@pytest.fixture
def open_shop(sandbox, db):
    """Return a function that makes a tenant sell Pro: 9.00 a month or 90.00 a year."""

    def open_shop(site, name=None, **fields):
        account = sandbox.create_account(name or site.hostname.split(".")[0])
        client = stripe.StripeClient(
            account.secret_key, base_addresses={"api": sandbox.url, "files": sandbox.url}
        )
        product = client.v1.products.create({"name": f"{site.site_name} Pro"})
        monthly, annual = (make_price(client, product, *plan) for plan in PLANS)
        billing_settings, _ = BillingSettings.objects.update_or_create(
            site=site,
            defaults={
                "publishable_key": account.publishable_key,
                "secret_key": account.secret_key,
                "webhook_secret": WEBHOOK_SECRET,
                "monthly_price_id": monthly.id,
                "annual_price_id": annual.id,
                **fields,
            },
        )
        for price in (monthly, annual):
            remember_price(site, price)
        return Shop(site, account, billing_settings, client, product, monthly, annual)

    return open_shop


@pytest.fixture
def shop(site, open_shop):
    """The Courier, selling Pro."""
    return open_shop(site)


@pytest.fixture
def other_shop(open_shop):
    """The Gazette, selling Pro through an account of its own."""
    return open_shop(
        SiteFactory(hostname="gazette.localhost", site_name="The Gazette", billing=True)
    )


PLANS = [(900, "month"), (9000, "year")]


def make_price(client, product, amount, interval, currency="eur", **params):
    """Return a new recurring price at the sandbox."""
    return client.v1.prices.create(
        {
            "product": product.id,
            "unit_amount": amount,
            "currency": currency,
            "recurring": {"interval": interval},
            **params,
        }
    )


def remember_price(site, price):
    """Write a price down as the settings panel does after asking Stripe."""
    return Price.objects.create(
        site=site,
        stripe_id=price.id,
        product_id=price.product,
        unit_amount=price.unit_amount,
        currency=price.currency,
        interval=price.recurring.interval,
        livemode=price.livemode,
        checked_at=timezone.now(),
    )


@pytest.fixture
def person(db):
    """A reader with an account."""
    return UserFactory(verified=True)


@pytest.fixture
def make_reader(site):
    """Return a function that gives a person a browser, signed in as a member of a tenant."""

    def make_reader(user, at=site):
        Membership.objects.get_or_create(site=at, user=user)
        client = TenantClient()
        client.speak_to(at)
        client.force_login(user)
        return client

    return make_reader


@pytest.fixture
def reader(make_reader, person):
    """The person's browser at The Courier."""
    return make_reader(person)


@pytest.fixture
def buy(sandbox):
    """Return a function that lets a reader buy a plan and come back to the success page."""

    def buy(reader, shop, plan="annual", card="4242424242424242", **fields):
        reader.post("/account/billing/checkout/", {"plan": plan, **fields})
        session = shop.stripe.v1.checkout.sessions.list({"limit": 1}).data[0]
        sandbox.pay_checkout(session.id, card)
        return reader.get("/account/billing/success/", {"session_id": session.id})

    return buy


@pytest.fixture
def relay(sandbox):
    """Return a function that delivers to a tenant what its account has told since the last time.

    `only` some types of it: the rest isn't told yet.
    """
    told = set()

    def relay(shop, *, only=""):
        client = TenantClient()
        for event in sandbox.events(shop.account):
            if event["id"] not in told and event["type"].startswith(only):
                told.add(event["id"])
                answer = deliver(client, shop.site, event, secret=WEBHOOK_SECRET)
                assert answer.status_code == 200, answer.content

    return relay
