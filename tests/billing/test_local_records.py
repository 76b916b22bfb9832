"""The local subscriptions, items, card and invoices follow Stripe's events (rows R5, R10 to R15, R31)."""

import itertools

import pytest
from django.core import mail
from django.db import IntegrityError

from billing.models import (
    BillingSettings,
    Customer,
    Invoice,
    Subscription,
    SubscriptionItem,
    WebhookEvent,
)
from billing.models.secrets import reveal
from tests.billing.stripe_objects import MONTH, card, event, invoice, item, now, subscription

CREATED, UPDATED = "customer.subscription.created", "customer.subscription.updated"


@pytest.fixture
def subscribed(stripe_tells, member):
    """The member has an active monthly subscription."""
    stripe_tells(event(CREATED, subscription(), created=now() - 100))
    return member


def test_R10_R15_a_created_subscription_is_written_down_with_its_items(subscribed, site):
    row = Subscription.objects.get(site=site, stripe_id="sub_1")
    assert row.status == "active"
    assert row.customer.user == subscribed.user
    line = SubscriptionItem.objects.get(subscription=row)
    assert (line.price_id, line.product_id, line.interval) == ("price_monthly", "prod_pro", "month")


def test_R11_an_updated_subscription_replaces_its_items(subscribed, stripe_tells, site):
    start = now()
    yearly = item("price_annual", start=start, end=start + 12 * MONTH, id="si_2")
    stripe_tells(event(UPDATED, subscription(items=[yearly], start=start), created=now()))
    lines = SubscriptionItem.objects.filter(subscription__site=site)
    assert [(line.stripe_id, line.interval) for line in lines] == [("si_2", "year")]


def test_R12_a_paid_invoice_is_listed_as_paid(subscribed, stripe_tells, site):
    stripe_tells(event("invoice.payment_succeeded", invoice("paid")))
    row = Invoice.objects.get(site=site, stripe_id="in_1")
    assert (row.status, row.total, row.currency) == ("paid", 900, "eur")


def test_W5_a_start_that_was_never_paid_owes_nothing_in_any_order(member, stripe_tells, site):
    """Stripe voids its invoice; of that no event tells."""
    first = {"reason": "subscription_create"}
    told = [
        event(CREATED, subscription("incomplete"), created=now() - 100),
        event("invoice.payment_failed", invoice(**first), created=now() - 100),
        event(UPDATED, subscription("incomplete_expired"), created=now() - 10),
    ]
    for order in itertools.permutations(told):
        Subscription.objects.all().delete()
        Invoice.objects.all().delete()
        WebhookEvent.objects.all().delete()
        stripe_tells(*order)
        assert Invoice.objects.get(site=site).status == "void"


def test_R13_a_card_that_the_bank_replaced_is_shown_with_its_new_number(
    subscribed, stripe_tells, site
):
    told = subscription(default_payment_method=card(last4="4242"))
    stripe_tells(event(UPDATED, told, created=now() - 50))
    stripe_tells(event("payment_method.automatically_updated", card(last4="1881"), created=now()))
    assert Customer.objects.get(site=site, stripe_id="cus_1").card_last4 == "1881"


def test_R5_invoices_are_made_and_mailed_by_stripe_not_by_us(at_stripe, shop):
    membership = at_stripe.member()
    at_stripe.subscribe(membership)
    at_stripe.tells()
    made = shop.stripe.v1.invoices.list({"customer": membership.customer}).data
    assert [row.stripe_id for row in Invoice.objects.all()] == [made[0].id]
    assert not any("invoice" in message.subject.lower() for message in mail.outbox)


def test_R31_keys_and_prices_lie_in_one_settings_record_a_tenant(shop, other_shop):
    for each in (shop, other_shop):
        record = BillingSettings.objects.get(site=each.site)
        assert record.monthly_price_id == each.monthly.id
        assert reveal(record, "secret_key") == each.secret_key
    with pytest.raises(IntegrityError):
        BillingSettings(site=shop.site).save()
