"""Every verified event is 200, whatever its object has; what can't be used changes nothing (rule W1)."""

import json

import pytest

from billing.models import CheckoutSession, Customer, Invoice, Notice, Subscription, WebhookEvent
from billing.tenant_billing import load_tenant
from billing.webhooks.linking import link_customer
from membership.models import Membership
from tests.billing.stripe_objects import (
    CREATED,
    DELETED,
    UPDATED,
    customer,
    deliver,
    event,
    invoice,
    item,
    now,
    session,
    subscription,
)
from tests.billing.unusable import (
    DATA,
    ITEM,
    OTHERS,
    SUBSCRIPTIONS,
    THIN,
    WITHOUT_ID,
    changed,
)
from tests.factories import MembershipFactory


@pytest.fixture
def subscriber(stripe_tells, site, member):
    """A member who is Pro, as Stripe has told. Stripe can't be asked about it."""
    site.billingsettings.secret_key = ""
    site.billingsettings.save()
    stripe_tells(event(CREATED, subscription(), created=now() - 60))
    return member


def state(site):
    """Return all that events change, but for the ledger and the marks."""
    marks = ("needs_sync", "version", "updated_at")
    return [
        list(Membership.objects.filter(site=site).order_by("pk").values()),
        [
            {name: value for name, value in row.items() if name not in marks}
            for row in Subscription.objects.order_by("pk").values()
        ],
        list(Customer.objects.order_by("pk").values()),
        list(Invoice.objects.order_by("pk").values()),
        Notice.objects.count(),
    ]


def what_became_of(told):
    row = WebhookEvent.objects.get(event_id=told["id"])
    return row.outcome, row.reason, row.payload


@pytest.mark.parametrize("type", WITHOUT_ID)
def test_W1_B10_events_whose_object_has_no_id_are_noted(client, site, subscriber, type):
    told, before = event(type, WITHOUT_ID[type]), state(site)
    assert deliver(client, site, told).status_code == 200
    assert what_became_of(told) == ("ignored", "not_used", None)
    assert state(site) == before


@pytest.mark.parametrize(
    "type", ["v1.billing.meter.no_meter_found", "v2.core.account.updated", UPDATED]
)
@pytest.mark.parametrize("data", [{}, {"data": {"developer_message_summary": "x"}}])
def test_W1_thin_events_are_noted(client, site, subscriber, type, data):
    told, before = {**THIN, "id": "evt_thin", "type": type, **data}, state(site)
    assert deliver(client, site, told).status_code == 200
    assert what_became_of(told)[0] == "ignored"
    assert WebhookEvent.objects.get(event_id="evt_thin").created == 1795946400
    assert state(site) == before


@pytest.mark.parametrize("type", [UPDATED, "invoice.paid", "charge.refunded", "radar.early_fraud_warning.created"])  # fmt: skip
@pytest.mark.parametrize("data", DATA.values(), ids=DATA.keys())
def test_W1_events_without_an_object_are_noted(client, site, subscriber, type, data):
    told = {**event(type, {}), "data": data}
    before = state(site)[:-1]
    assert deliver(client, site, told).status_code == 200
    assert WebhookEvent.objects.filter(event_id=told["id"]).exists()
    assert state(site)[:-1] == before


ALL = [
    pytest.param(type, thing, id=f"{type}: {name}")
    for type, things in {UPDATED: SUBSCRIPTIONS, **OTHERS}.items()
    for name, thing in things.items()
]


@pytest.mark.parametrize(("type", "thing"), ALL)
@pytest.mark.database
def test_W1_what_cannot_be_used_is_noted_and_changes_nothing(client, site, subscriber, type, thing):
    told, before = event(type, thing), state(site)
    assert deliver(client, site, told).status_code == 200
    assert what_became_of(told) == ("ignored", "unusable", None)
    assert state(site) == before
    assert deliver(client, site, told).status_code == 200
    names_something = "cus_1" in json.dumps(thing) or "sub_1" in json.dumps(thing)
    assert Subscription.objects.get().needs_sync == names_something


def test_W7_the_log_says_in_words_why_an_event_was_of_no_use(client_at, site, subscriber, admin):
    browser = client_at(site)
    deliver(browser, site, event(UPDATED, changed(subscription(), "items")))
    browser.force_login(admin)
    words = "Its content has another shape than Stripe&#x27;s objects have."
    page = browser.get("/admin/billing/events/").content.decode()
    assert words in page
    row = WebhookEvent.objects.get(reason="unusable")
    page = browser.get(f"/admin/billing/events/inspect/{row.pk}/").content.decode()
    assert words in page


@pytest.mark.parametrize("named", ["customer", "id"])
def test_W4_the_news_of_an_event_that_cannot_be_used_is_read_from_stripe(at_stripe, named):
    """Whichever of the two it still names."""
    member = at_stripe.member()
    stripe_id = at_stripe.subscribe(member)
    at_stripe.tells()
    member.refresh_from_db()
    assert member.is_pro
    at_stripe.stripe.v1.subscriptions.cancel(stripe_id)
    [told] = [news for news in at_stripe.events() if news["type"] == DELETED]
    told = changed(told, "data", "object", "items", to=[])
    at_stripe.tells(changed(told, "data", "object", named, to=["unreadable"]))
    member.refresh_from_db()
    assert not member.is_pro
    row = Subscription.objects.get()
    assert (row.status, row.needs_sync) == ("canceled", False)


def test_W1_the_customer_or_the_invoice_may_come_expanded(stripe_tells, site, member):
    thing = subscription(customer=customer(), latest_invoice=invoice("paid"))
    stripe_tells(event(CREATED, thing))
    member.refresh_from_db()
    assert member.is_pro
    assert Subscription.objects.get().latest_invoice_id == "in_1"


@pytest.mark.parametrize("items", [..., None, {"object": "list"}], ids=["none", "null", "no data"])
def test_B5_an_end_counts_without_the_items_too(stripe_tells, subscriber, items):
    stripe_tells(event(DELETED, changed(subscription("canceled"), "items", to=items)))
    subscriber.refresh_from_db()
    assert (subscriber.is_pro, subscriber.standing) == (False, "ended")


def test_B8_a_payment_status_that_stripe_invents_is_still_to_be_paid(
    client, site, member, stripe_tells
):
    CheckoutSession.objects.create(
        site=site, user=member.user, customer=Customer.objects.get(), stripe_id="cs_1",
        price_id="price_monthly", state="open",
    )  # fmt: skip
    stripe_tells(event("checkout.session.completed", session(payment_status="promised")))
    assert CheckoutSession.objects.get().state == "pending"
    stripe_tells(event("checkout.session.completed", session(payment_status="paid")))
    assert CheckoutSession.objects.get().state == "complete"


def test_B10_a_dispute_is_told_with_what_of_it_can_be_read(client, site, member):
    charge = {
        "object": "charge", "id": "ch_1", "customer": 7, "amount": "900", "amount_refunded": 400,
        "currency": ["eur"], "charge": {"object": "charge"}, "reason": "x" * 300,
    }  # fmt: skip
    assert deliver(client, site, event("charge.refunded", charge)).status_code == 200
    assert Notice.objects.get().params == {"amount_refunded": 400, "customer": "", "charge": ""}


def test_W4_what_waited_from_an_earlier_release_and_cannot_be_used_stops_no_other(
    client, site, billing
):
    useless = changed(subscription(id="sub_2"), *ITEM, "quantity", to=2**40)
    for told in (event(CREATED, subscription()), event(CREATED, subscription(id="sub_2"))):
        assert deliver(client, site, told).status_code == 200
    WebhookEvent.objects.filter(subscription_id_at_stripe="sub_2").update(payload=useless)
    membership = MembershipFactory(site=site)
    link_customer(load_tenant(site), membership.user, "cus_1", livemode=False)
    membership.refresh_from_db()
    assert membership.is_pro
    reasons = WebhookEvent.objects.values_list("subscription_id_at_stripe", "reason")
    assert dict(reasons) == {"sub_1": "", "sub_2": "unusable"}


def test_W1_what_is_for_nobody_here_makes_no_rows(client, site, member):
    thing = changed(subscription(id="sub_x", customer="cus_x"), "items")
    assert deliver(client, site, event(CREATED, thing)).status_code == 200
    assert not Subscription.objects.exists()
    assert Customer.objects.count() == 1


def test_W6_items_of_today_with_a_price_in_the_shape_of_a_plan_are_read(stripe_tells, member):
    row = item(start=now() - 60, end=now() + 86400)
    plan = {**row.pop("price"), "object": "plan", "amount": 900, "interval": "month"}
    del plan["recurring"], plan["unit_amount"]
    stripe_tells(event(CREATED, subscription(items=[{**row, "plan": plan}])))
    member.refresh_from_db()
    assert member.is_pro
