"""Every event is applied once and in full, or not at all and again (rules W3, W4)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.models import Customer, Invoice, Subscription, WebhookEvent
from billing.tenant_billing import load_tenant
from billing.webhooks.linking import CustomerTakenError, link_customer
from billing.webhooks.processing import replay
from krate_site.tenancy.models import Publication
from tests.billing.breaking import refusing_updates_of
from tests.billing.stripe_objects import (
    CREATED,
    DAY,
    DELETED,
    SECRET,
    UPDATED,
    card,
    customer,
    deliver,
    event,
    invoice,
    item,
    now,
    session,
    subscription,
)
from tests.factories import MembershipFactory, UserFactory


def outcome_of(told):
    row = WebhookEvent.objects.get(event_id=told["id"])
    return row.outcome, row.reason


def statements(captured):
    """Return what an event took, without the tenant's lookup by host that every request begins with."""
    control = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT")
    sent = [query["sql"] for query in captured if not query["sql"].startswith(control)]
    return [sql for sql in sent if '"wagtailcore_site"."hostname" = ' not in sql]


@pytest.mark.database
def test_W3_a_duplicate_is_answered_at_once_and_changes_nothing(client, site, member):
    told = event(CREATED, subscription())
    deliver(client, site, told)
    before = Subscription.objects.values().get()
    assert deliver(client, site, told).status_code == 200
    assert Subscription.objects.values().get() == before
    assert WebhookEvent.objects.count() == 1


@pytest.mark.database
def test_W3_a_failure_in_the_middle_rolls_back_and_the_retry_does_it_all(client, site, member):
    told = event(CREATED, subscription())
    with refusing_updates_of("membership_membership"):
        assert deliver(client, site, told).status_code == 500
    assert not Subscription.objects.exists()
    row = WebhookEvent.objects.get()
    assert (row.outcome, row.attempts) == ("failed", 1)
    assert "refused" in row.error
    assert deliver(client, site, told).status_code == 200
    member.refresh_from_db()
    assert member.is_pro
    row.refresh_from_db()
    assert (row.outcome, row.error) == ("applied", "")


@pytest.mark.database
def test_W3_after_eight_failures_an_event_is_dead_and_the_tenant_is_told(
    client, site, member, mailoutbox, django_capture_on_commit_callbacks
):
    Publication.objects.create(site=site, contact_email="money@courier.example")
    told = event(CREATED, subscription())
    with refusing_updates_of("membership_membership"):
        answers = [deliver(client, site, told).status_code for _ in range(7)]
        with django_capture_on_commit_callbacks(execute=True):
            answers.append(deliver(client, site, told).status_code)
    assert answers == [500] * 7 + [200]
    row = WebhookEvent.objects.get()
    assert row.outcome == "dead"
    assert [mail.to for mail in mailoutbox] == [["money@courier.example"]]
    assert CREATED in mailoutbox[0].body
    assert deliver(client, site, told).status_code == 200
    assert replay(load_tenant(site), row) == "applied"
    member.refresh_from_db()
    assert member.is_pro


LIFE = [
    (CREATED, subscription("incomplete")),
    (UPDATED, subscription()),
    ("invoice.paid", invoice("paid", reason="subscription_create")),
    ("payment_method.attached", card()),
    ("customer.updated", customer(card="pm_1")),
    (UPDATED, subscription(cancel_at_period_end=True)),
    (UPDATED, subscription(items=[item("price_annual", start=now(), end=now() + 365 * DAY)])),
    ("invoice.payment_failed", invoice(id="in_2")),
    (UPDATED, subscription("past_due")),
    ("invoice.paid", invoice("paid", id="in_2")),
    (UPDATED, subscription()),
    ("charge.refunded", {"object": "charge", "id": "ch_1", "customer": "cus_1"}),
    ("checkout.session.completed", session()),
    (DELETED, subscription("canceled")),
    (UPDATED, subscription()),
    ("customer.deleted", customer(deleted=True)),
    ("invoice.upcoming", invoice(id="in_3")),
]


@pytest.mark.database
def test_S2_W3_an_event_takes_at_most_eight_statements(client, site, member):
    deliver(client, site, event("invoice.upcoming", invoice()))
    for second, (type, thing) in enumerate(LIFE):
        told = event(type, thing, created=now() + second)
        with CaptureQueriesContext(connection) as new:
            assert deliver(client, site, told).status_code == 200
        with CaptureQueriesContext(connection) as again:
            assert deliver(client, site, told).status_code == 200
        assert len(statements(new.captured_queries)) <= 8, statements(new.captured_queries)
        assert len(statements(again.captured_queries)) <= 4


def test_W4_an_unlinked_customers_events_wait_and_are_applied_on_linking(client, site, billing):
    told = [
        event(CREATED, subscription("incomplete"), created=now() - 30),
        event(UPDATED, subscription(), created=now() - 20),
        event("invoice.paid", invoice("paid"), created=now() - 20),
        event("payment_method.attached", card(), created=now() - 25),
        event("customer.updated", customer(card="pm_1"), created=now() - 24),
    ]
    for one in reversed(told):
        deliver(client, site, one)
        assert outcome_of(one) == ("waiting", "unknown_customer")
    membership = MembershipFactory(site=site)
    linked = link_customer(load_tenant(site), membership.user, "cus_1", livemode=False)
    assert {outcome_of(one)[0] for one in told} == {"applied"}
    membership.refresh_from_db()
    assert membership.is_pro
    linked.refresh_from_db()
    assert (linked.card_brand, linked.card_last4) == ("visa", "4242")
    assert Invoice.objects.get().status == "paid"


def test_W7_what_waited_says_as_much_as_what_is_told_at_once(client, site, billing):
    """Also why it ended; but not in the member's own words."""
    ended = subscription(
        "canceled",
        cancellation_details={"reason": "payment_failed", "comment": "I am Some One, call me"},
    )
    told = event(DELETED, ended)
    deliver(client, site, told)
    assert "Some One" not in str(WebhookEvent.objects.get().payload)
    membership = MembershipFactory(site=site)
    link_customer(load_tenant(site), membership.user, "cus_1", livemode=False)
    membership.refresh_from_db()
    assert membership.reason_code == "subscription_canceled_unpaid"
    late = dict(Subscription.objects.values().get(), id=0, updated_at=0, created_at=0)
    Subscription.objects.all().delete()
    deliver(client, site, {**told, "id": "evt_again"})
    assert dict(Subscription.objects.values().get(), id=0, updated_at=0, created_at=0) == late


def test_W4_a_customer_is_linked_to_one_member_for_good(site, billing):
    tenant = load_tenant(site)
    link_customer(tenant, UserFactory(), "cus_1", livemode=False)
    with pytest.raises(CustomerTakenError):
        link_customer(tenant, UserFactory(), "cus_1", livemode=False)


def test_W4_events_of_a_deleted_member_change_nothing(client, site, billing):
    membership = MembershipFactory(site=site)
    link_customer(load_tenant(site), membership.user, "cus_1", livemode=False)
    membership.user.delete()
    told = event(CREATED, subscription())
    assert deliver(client, site, told).status_code == 200
    assert outcome_of(told) == ("ignored", "member_deleted")
    assert not Subscription.objects.exists()


def test_B10_customer_deleted_then_a_new_checkout_makes_a_new_customer(stripe_tells, site, member):
    stripe_tells(
        event(CREATED, subscription(), created=now() - 50),
        event("customer.deleted", customer(deleted=True), created=now() - 40),
    )
    member.refresh_from_db()
    assert (member.is_pro, member.reason_code) == (False, "customer_deleted")
    link_customer(load_tenant(site), member.user, "cus_2", livemode=False)
    stripe_tells(event(CREATED, subscription(id="sub_2", customer="cus_2"), created=now()))
    member.refresh_from_db()
    assert member.is_pro
    assert Customer.objects.filter(user=member.user).count() == 2


def test_R28_test_subscriptions_count_for_nothing_beside_live_keys(stripe_tells, site, member):
    stripe_tells(event(CREATED, subscription()))
    settings = site.billingsettings
    settings.publishable_key, settings.secret_key = "pk_live_courier1234", "sk_live_courier1234"
    settings.webhook_secret = SECRET
    settings.save()
    link_customer(load_tenant(site), member.user, "cus_live", livemode=True)
    told = event("customer.updated", customer(id="cus_live", livemode=True), livemode=True)
    stripe_tells(told)
    member.refresh_from_db()
    assert not member.is_pro


def test_R14_the_card_on_file_follows(stripe_tells, member):
    def shown():
        row = Customer.objects.get()
        return row.card_brand, row.card_last4

    start = now() - 100
    stripe_tells(
        event("customer.updated", customer(card="pm_1"), created=start),
        event("payment_method.attached", card(), created=start - 1),
    )
    assert shown() == ("visa", "4242")
    stripe_tells(
        event("payment_method.automatically_updated", card(last4="1111"), created=start + 5)
    )
    assert shown() == ("visa", "1111")
    stripe_tells(event("payment_method.updated", card(last4="9999"), created=start + 4))
    assert shown() == ("visa", "1111")
    stripe_tells(
        event(
            "payment_method.attached", card("pm_2", brand="amex", last4="0005"), created=start + 6
        )
    )
    assert shown() == ("visa", "1111")
    stripe_tells(event(CREATED, subscription(default_payment_method="pm_2"), created=start + 7))
    assert shown() == ("amex", "0005")
    gone = card("pm_2", customer=None, brand="amex", last4="0005")
    stripe_tells(
        event(
            "payment_method.detached",
            gone,
            created=start + 8,
            previous_attributes={"customer": "cus_1"},
        )
    )
    assert shown() == ("visa", "1111")


def test_B8_a_bank_debit_grants_when_it_has_come_through(stripe_tells, site, member, checkout):
    start = now() - 100
    stripe_tells(
        event(CREATED, subscription(), created=start),
        event("checkout.session.completed", session(payment_status="unpaid"), created=start),
    )
    member.refresh_from_db()
    assert (member.is_pro, member.standing) == (False, "pending")
    stripe_tells(event("checkout.session.async_payment_succeeded", session(), created=start + DAY))
    member.refresh_from_db()
    assert (member.is_pro, member.standing) == (True, "pro")


def test_B8_a_bank_debit_that_bounces_never_opens_anything(stripe_tells, site, member, checkout):
    start = now() - 100
    unpaid = session(payment_status="unpaid")
    told = [
        event(CREATED, subscription(), created=start),
        event("checkout.session.completed", unpaid, created=start),
        event("checkout.session.async_payment_failed", unpaid, created=start + DAY),
        event("invoice.payment_failed", invoice(reason="subscription_create"), created=start + DAY),
        event(UPDATED, subscription("past_due"), created=start + DAY),
    ]
    for one in told[1:]:
        stripe_tells(one)
        member.refresh_from_db()
        assert not member.is_pro
    stripe_tells(told[0])
    member.refresh_from_db()
    assert (member.is_pro, member.standing) == (False, "incomplete")


def test_B8_the_paid_invoice_ends_the_wait_as_well(stripe_tells, site, member, checkout):
    start = now() - 100
    stripe_tells(
        event("invoice.paid", invoice("paid", reason="subscription_create"), created=start + DAY),
        event("checkout.session.completed", session(payment_status="unpaid"), created=start),
        event(CREATED, subscription(), created=start),
    )
    member.refresh_from_db()
    assert member.is_pro


@pytest.fixture
def checkout(site, member):
    """The member's own checkout."""
    return site.checkout_sessions.create(
        user=member.user,
        customer=Customer.objects.get(),
        stripe_id="cs_1",
        price_id="price_monthly",
        state="open",
    )
