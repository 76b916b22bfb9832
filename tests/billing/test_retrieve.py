"""Reading Stripe where events alone can't tell: ties, late events, readings beside them (rule W4)."""

import pytest

from billing.models import Subscription, WebhookEvent
from billing.sync.retrieve import (
    ReadingIsStaleError,
    apply_answer,
    begin_reading,
    read_subscription,
    refresh_customer,
    refresh_subscription,
)
from billing.tenant_billing import load_tenant
from billing.webhooks.linking import link_customer
from tests.billing.panel import save
from tests.billing.stripe_objects import DAY, customer, event, in_old_shape, invoice, now
from tests.selling import PLANS, make_price, remember_price

pytestmark = pytest.mark.database

CREATED, UPDATED, DELETED = (
    f"customer.subscription.{what}" for what in ("created", "updated", "deleted")
)


@pytest.fixture
def tenant(shop):
    return load_tenant(shop.site)


@pytest.fixture
def member(at_stripe):
    return at_stripe.member()


@pytest.fixture
def at_hand(at_stripe, member):
    """A running subscription, paid as is known: its id, and its object as Stripe has it."""
    stripe_id = at_stripe.subscribe(member)
    thing = at_stripe.stripe.v1.subscriptions.retrieve(stripe_id)
    at_stripe.tells(*(one for one in at_stripe.events() if one["type"] == "invoice.paid"))
    return stripe_id, thing.to_dict(for_json=True)


def row():
    return Subscription.objects.get()


def is_pro(member):
    member.refresh_from_db()
    return member.is_pro


def test_W4_a_tie_is_settled_by_reading_stripe(at_stripe, at_hand, member):
    """Two events of one second: Stripe itself says which was the later."""
    _stripe_id, thing = at_hand
    moment = thing["created"] + 5
    for other in ("past_due", "unpaid"):
        at_stripe.tells(
            event(UPDATED, thing, created=moment),
            event(UPDATED, {**thing, "status": other}, created=moment),
        )
        assert (row().status, row().needs_sync) == ("active", False)
        assert is_pro(member)
        moment += 5
    assert at_stripe.reads() == 3


def test_W4_what_was_left_off_a_long_list_of_items_is_read(at_stripe):
    """Pro stands beyond the end of the list that an event brings."""
    member = at_stripe.member()
    stripe_id = at_stripe.subscribe(member)
    at_stripe.shop.account.test.table("subscription")[stripe_id]["items"]["has_more"] = True
    (told,) = [one for one in at_stripe.events() if one["type"] == CREATED]
    told["data"]["object"]["status"] = "active"
    told["data"]["object"]["items"] = {"object": "list", "data": [], "has_more": True}
    at_stripe.tells(told)
    assert "/v1/subscription_items" in [one["path"] for one in at_stripe.sandbox.requests()]
    assert is_pro(member)
    again = {**told, "id": "evt_again", "created": told["created"] + 60}
    at_stripe.sandbox.mischief(answer=500)
    at_stripe.tells(again)
    assert is_pro(member)


def test_W4_while_stripe_is_away_a_tie_goes_by_rank_and_stays_marked(
    at_stripe, at_hand, member, sandbox, tenant
):
    stripe_id, thing = at_hand
    moment = thing["created"] + 5
    sandbox.mischief(answer=500)
    closed = event(UPDATED, {**thing, "status": "unpaid"}, created=moment)
    opened = event(UPDATED, thing, created=moment)
    at_stripe.tells(closed, opened)
    assert (row().status, row().needs_sync) == ("unpaid", True)
    assert not is_pro(member)
    sandbox.mischief()
    refresh_subscription(tenant, stripe_id)
    assert (row().status, row().needs_sync) == ("active", False)
    assert is_pro(member)


def test_W4_something_newer_ends_the_doubt_without_a_question(at_stripe, at_hand, sandbox):
    _stripe_id, thing = at_hand
    moment = thing["created"] + 5
    sandbox.mischief(answer=500)
    at_stripe.tells(
        event(UPDATED, {**thing, "status": "past_due"}, created=moment),
        event(UPDATED, {**thing, "status": "unpaid"}, created=moment),
        event(UPDATED, thing, created=moment + 1),
    )
    assert (row().status, row().needs_sync) == ("active", False)


def test_W4_incomplete_then_active_in_one_second_needs_no_question(at_stripe, at_hand):
    _stripe_id, thing = at_hand
    moment = thing["created"]
    before = at_stripe.reads()
    at_stripe.tells(
        event(UPDATED, thing, created=moment),
        event(CREATED, {**thing, "status": "incomplete"}, created=moment),
    )
    assert (row().status, row().needs_sync) == ("active", False)
    assert at_stripe.reads() == before


def test_W4_a_late_event_after_the_success_page_takes_nothing(at_stripe, at_hand, member, tenant):
    """The success page read it as active; what happened before is told only now."""
    stripe_id, thing = at_hand
    refresh_subscription(tenant, stripe_id)
    before = at_stripe.reads()
    at_stripe.tells(event(CREATED, {**thing, "status": "incomplete"}, created=thing["created"]))
    assert is_pro(member)
    assert at_stripe.reads() == before
    at_stripe.tells(event(UPDATED, {**thing, "status": "past_due"}, created=thing["created"] + 1))
    assert row().status == "active"
    assert at_stripe.reads() == before + 1
    at_stripe.tells(event(UPDATED, thing, created=thing["created"] + 2))
    at_stripe.tells(event(UPDATED, {**thing, "status": "past_due"}, created=thing["created"] + 9))
    assert row().status == "past_due"
    assert at_stripe.reads() == before + 1


def test_W4_a_reading_that_was_overtaken_does_not_hold(at_stripe, at_hand, tenant):
    """Something was applied while Stripe was being asked: the answer may be older than that."""
    stripe_id, thing = at_hand
    reading = begin_reading(tenant.site, stripe_id)
    answer = read_subscription(at_stripe.stripe, stripe_id)
    at_stripe.tells(event(DELETED, {**thing, "status": "canceled"}, created=thing["created"] + 5))
    with pytest.raises(ReadingIsStaleError):
        apply_answer(tenant, answer, reading)
    assert row().status == "canceled"


def test_W4_a_reading_settles_what_a_failed_payment_flagged(at_stripe, at_hand, member, tenant):
    """The payment was made up for, and both notices of it were lost."""
    stripe_id, thing = at_hand
    at_stripe.tells(event(CREATED, thing, created=thing["created"]))
    failed = invoice(
        subscription=stripe_id, customer=thing["customer"], start=thing["created"] + DAY
    )
    at_stripe.tells(event("invoice.payment_failed", failed, created=thing["created"] + DAY))
    assert row().status == "past_due"
    refresh_subscription(tenant, stripe_id)
    refresh_subscription(tenant, stripe_id)
    assert row().status == "active"
    at_stripe.tells(event("invoice.payment_failed", failed, created=thing["created"] + 2 * DAY))
    assert row().status == "past_due"


def test_B6_who_pays_after_all_needs_not_wait_for_the_subscriptions_own_event(
    at_stripe, at_hand, member
):
    """Unpaid and closed; he pays, and only the invoice's event comes through."""
    stripe_id, thing = at_hand
    at_stripe.tells(event(CREATED, {**thing, "status": "unpaid"}, created=thing["created"]))
    assert not is_pro(member)
    paid = invoice("paid", subscription=stripe_id, customer=thing["customer"])
    at_stripe.tells(event("invoice.paid", paid, created=thing["created"] + 5))
    assert is_pro(member)


def test_B8_reading_a_customer_brings_all_in_step(at_stripe, member, tenant):
    first = at_stripe.subscribe(member)
    at_stripe.stripe.v1.subscriptions.cancel(first)
    at_stripe.subscribe(member)
    refresh_customer(tenant, member.customer)
    assert is_pro(member)
    assert sorted(Subscription.objects.values_list("status", flat=True)) == ["active", "canceled"]
    member_row = member.site.stripe_customers.get()
    assert (member_row.card_brand, member_row.card_last4) == ("visa", "4242")


def test_W6_a_subscription_read_today_equals_one_told_in_the_old_shape(at_stripe, at_hand, tenant):
    stripe_id, thing = at_hand
    at_stripe.tells(in_old_shape(event(CREATED, thing, created=thing["created"])))
    version = row().version
    refresh_subscription(tenant, stripe_id)
    assert row().version == version


def test_W4_a_deleted_customer_is_read_as_deleted(at_stripe, at_hand, member, tenant):
    refresh_customer(tenant, member.customer)
    assert is_pro(member)
    at_stripe.stripe.v1.customers.delete(member.customer)
    refresh_customer(tenant, member.customer)
    assert not is_pro(member)


def test_W4_linking_settles_the_ties_among_what_waited(at_stripe, tenant):
    member = at_stripe.member(link=False)
    stripe_id = at_stripe.subscribe(member)
    thing = at_stripe.stripe.v1.subscriptions.retrieve(stripe_id).to_dict(for_json=True)
    at_stripe.tells(
        event(UPDATED, thing, created=now()),
        event(UPDATED, {**thing, "status": "unpaid"}, created=now()),
        event("customer.updated", customer(member.customer), created=now()),
    )
    assert not Subscription.objects.exists()
    link_customer(tenant, member.user, member.customer, livemode=False)
    assert is_pro(member)
    assert not row().needs_sync


def test_W4_a_reading_of_a_stranger_changes_nothing(at_stripe, tenant):
    stranger = at_stripe.member(link=False)
    refresh_subscription(tenant, at_stripe.subscribe(stranger))
    assert not Subscription.objects.exists()


def test_W4_what_was_pruned_meanwhile_is_read_on_linking(at_stripe, tenant):
    member = at_stripe.member(link=False)
    at_stripe.subscribe(member)
    at_stripe.tells()
    WebhookEvent.objects.update(payload=None)
    link_customer(tenant, member.user, member.customer, livemode=False)
    assert is_pro(member)
    assert not WebhookEvent.objects.filter(outcome="waiting").exists()


def test_B5_a_price_entered_later_makes_members_of_those_who_pay_it(
    at_stripe, member, django_capture_on_commit_callbacks
):
    other = make_price(
        at_stripe.stripe, at_stripe.stripe.v1.products.create({"name": "Gold"}), 900, "month"
    )
    at_stripe.subscribe(member, price=other.id)
    at_stripe.tells()
    assert not is_pro(member)
    with django_capture_on_commit_callbacks(execute=True):
        remember_price(member.site, other)
    assert is_pro(member)


def test_B5_policies_that_change_are_followed(
    at_stripe, at_hand, member, django_capture_on_commit_callbacks
):
    stripe_id, thing = at_hand
    at_stripe.tells(event(CREATED, {**thing, "status": "past_due"}, created=thing["created"]))
    assert is_pro(member)
    settings = at_stripe.shop.settings
    settings.past_due_grace_days = 0
    with django_capture_on_commit_callbacks(execute=True):
        settings.save()
    assert not is_pro(member)
    assert row().stripe_id == stripe_id


def test_B5_who_pays_an_earlier_price_stays_pro_when_others_are_sold(
    at_stripe, at_hand, member, at_panel, entries, django_capture_on_commit_callbacks
):
    stripe_id, thing = at_hand
    at_stripe.tells(event(CREATED, thing, created=thing["created"]))
    client = at_stripe.stripe
    product = client.v1.products.create({"name": "Pro, anew"})
    monthly, annual = (make_price(client, product, *plan) for plan in PLANS)
    entries |= {"monthly_price_id": monthly.id, "annual_price_id": annual.id}
    with django_capture_on_commit_callbacks(execute=True):
        assert save(at_panel, entries).status_code == 200
    assert load_tenant(member.site).settings.monthly_price_id == monthly.id
    assert is_pro(member)
    at_stripe.tells(event(UPDATED, thing, created=thing["created"] + 60))
    assert is_pro(member)
    assert row().stripe_id == stripe_id
