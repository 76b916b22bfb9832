"""A tenant that sells Pro, and a member with a customer at Stripe."""

from datetime import UTC, datetime, timedelta

import pytest
import stripe
from django.core import mail
from django.utils import timezone

from billing.models import (
    BillingSettings,
    Customer,
    Price,
    Subscription,
    SubscriptionItem,
    WebhookEvent,
)
from membership.models import Membership
from tests.billing.at_stripe import AtStripe
from tests.billing.panel import stored
from tests.billing.stripe_objects import (
    ANNUAL,
    CREATED,
    DAY,
    MONTH,
    MONTHLY,
    PRODUCT,
    SECRET,
    deliver,
    event,
    item,
    now,
    subscription,
)
from tests.factories import MembershipFactory, team_member
from tests.selling import PLANS, make_price

END = datetime(2027, 5, 3, tzinfo=UTC)


def set_up_billing(site, **changes):
    """Give a tenant keys, a signing secret and prices."""
    settings = BillingSettings(
        site=site,
        **{
            "publishable_key": "pk_test_courier1234",
            "secret_key": "sk_test_courier1234",
            "webhook_secret": SECRET,
            "monthly_price_id": MONTHLY,
            "annual_price_id": ANNUAL,
            **changes,
        },
    )
    settings.save()
    for price in (settings.monthly_price_id, settings.annual_price_id):
        Price.objects.create(site=site, stripe_id=price, product_id=PRODUCT)
    return settings


@pytest.fixture
def billing(site):
    """The tenant's billing settings."""
    return set_up_billing(site)


@pytest.fixture
def member(site, billing):
    """A member who was sent to Checkout: his customer is known."""
    membership = MembershipFactory(site=site)
    Customer.objects.create(site=site, user=membership.user, stripe_id="cus_1")
    return membership


@pytest.fixture
def stripe_tells(client, site):
    """Return a function that delivers events to the tenant, each of which must be taken."""

    def tell(*events):
        for told in events:
            answer = deliver(client, site, told)
            assert answer.status_code == 200, answer.content
        return answer

    return tell


@pytest.fixture
def tell(stripe_tells, django_capture_on_commit_callbacks):
    """Return a function that delivers events and gives the mails that they brought about."""

    def tell(*events):
        before = len(mail.outbox)
        for told in events:
            with django_capture_on_commit_callbacks(execute=True):
                stripe_tells(told)
        return mail.outbox[before:]

    return tell


@pytest.fixture
def at_stripe(shop, sandbox):
    """The tenant's account at the sandbox, whose events are delivered by hand."""
    return AtStripe(shop, sandbox)


@pytest.fixture
def told(at_stripe, django_capture_on_commit_callbacks):
    """Return a function that tells events, or what is new at Stripe, and gives the mails of it."""

    def told(*events):
        before = len(mail.outbox)
        with django_capture_on_commit_callbacks(execute=True):
            at_stripe.tells(*events)
        return mail.outbox[before:]

    return told


@pytest.fixture
def set_term(at_stripe, member, told):
    """Return a function that has a subscription end so many days after its paid period."""

    def set_term(*, after, **params):
        stripe_id = at_stripe.subscribe(member, **params)
        told()
        thing = at_stripe.stripe.v1.subscriptions.retrieve(stripe_id)
        end = thing["items"].data[0].current_period_end
        at_stripe.stripe.v1.subscriptions.update(stripe_id, {"cancel_at": end + after * DAY})
        return stripe_id, end, end + after * DAY

    return set_term


@pytest.fixture
def admin(site):
    return team_member(site)


@pytest.fixture
def at_panel(client_at, site, admin):
    """The admin's browser."""
    client = client_at(site)
    client.force_login(admin)
    return client


@pytest.fixture
def entries(shop):
    """What the form is filled with; blank secrets keep what is stored."""
    return {
        "publishable_key": shop.publishable_key,
        "secret_key": "",
        "webhook_secret": "",
        "monthly_price_id": shop.monthly.id,
        "annual_price_id": shop.annual.id,
        "trial_days": "0",
        "past_due_grace_days": "14",
        "renewal_allowance_days": "3",
    }


@pytest.fixture
def live_entries(shop, sandbox, entries):
    """Keys and prices of live mode, where everything is in order."""
    client = stripe.StripeClient(shop.account.live_secret_key, base_addresses={"api": sandbox.url})
    product = client.v1.products.create({"name": "The Courier Pro"})
    monthly, annual = (make_price(client, product, *plan) for plan in PLANS)
    shop.live = client
    return {
        **entries,
        "publishable_key": shop.account.live_publishable_key,
        "secret_key": shop.account.live_secret_key,
        "monthly_price_id": monthly.id,
        "annual_price_id": annual.id,
    }


def purchase(price, *, livemode):
    """The news that somebody has bought Pro by this price."""
    start = now() - DAY
    rows = [item(price, start=start, end=start + MONTH)]
    return event(CREATED, subscription(livemode=livemode, items=rows), livemode=livemode)


@pytest.fixture
def tells(client, site):
    """Return a function that delivers the news of a purchase, and gives the answer's status, or
    "noted" where they are of the mode that the tenant isn't in."""

    def tells(secret, *, livemode=False):
        news = purchase(stored(site).monthly_price_id, livemode=livemode)
        answer = deliver(client, site, news, secret=secret)
        of_other_mode = WebhookEvent.objects.filter(event_id=news["id"], reason="other_mode")
        return "noted" if of_other_mode.exists() else answer.status_code

    return tells


@pytest.fixture
def reader_of(site):
    """Return a function that makes the member of whom the news are, whose customer is of a mode."""

    def reader_of(*, livemode):
        membership = MembershipFactory(site=site)
        Customer.objects.create(
            site=site, user=membership.user, stripe_id="cus_1", livemode=livemode
        )
        return membership

    return reader_of


@pytest.fixture
def paused(reader, shop, buy, relay):
    """The person's browser, whose monthly subscription Stripe has paused."""
    buy(reader, shop, "monthly")
    relay(shop)
    shop.stripe.v1.subscriptions.pause(Subscription.objects.get().stripe_id)
    relay(shop)
    return reader


@pytest.fixture
def hold(site, person, shop):
    """Return a function that gives the person a subscription in some state."""

    def hold(status="active", standing="pro", interval="month", **fields):
        customer = Customer.objects.create(
            site=site, user=person, stripe_id="cus_1", card_brand="visa", card_last4="4242"
        )
        subscription = Subscription.objects.create(
            site=site, customer=customer, stripe_id="sub_1", status=status,
            current_period_end=END, **fields,
        )  # fmt: skip
        SubscriptionItem.objects.create(
            subscription=subscription, stripe_id="si_1", price_id="price_1", product_id="prod_1",
            unit_amount=900, currency="eur", interval=interval, current_period_end=END,
        )  # fmt: skip
        pro_until = timezone.now() + timedelta(days=30)
        Membership.objects.update_or_create(
            site=site, user=person,
            defaults={
                "standing": standing, "pro_until": pro_until,
                "reason_code": "subscription_active",
                "reason_params": {"since": "2027-05-01T00:00:00+00:00"},
            },
        )  # fmt: skip
        return subscription

    return hold
