"""Many deliveries at the same moment, on real connections (rules W3, W5): 32 threads on PostgreSQL, 8 on SQLite."""

import random
import threading
import time

import pytest
from django.db import connection
from wagtail.models import Site

from billing.models import Customer, Invoice, Notice, Subscription, WebhookEvent
from billing.sync.checkout_rows import apply_checkout_session
from billing.sync.settle import books_of
from billing.tenant_billing import load_tenant
from billing.webhooks import EVENT_TYPES
from billing.webhooks.linking import link_customer
from membership.models import Membership
from tests.billing.at_checkout import choose, sessions_at_stripe
from tests.billing.at_once import at_once
from tests.billing.conftest import set_up_billing
from tests.billing.stripe_objects import (
    CREATED,
    DAY,
    DELETED,
    UPDATED,
    card,
    customer,
    deliver,
    event,
    in_old_shape,
    invoice,
    now,
    session,
    subscription,
)
from tests.clients import TenantClient
from tests.factories import MembershipFactory, SiteFactory
from tests.selling import WEBHOOK_SECRET

pytestmark = [
    pytest.mark.database,
    pytest.mark.timeout(300),
    pytest.mark.django_db(transaction=True),
]


def threads():
    return 32 if connection.vendor == "postgresql" else 8


@pytest.fixture
def site(transactional_db):
    site = SiteFactory(hostname="courier.localhost", site_name="The Courier", billing=True)
    set_up_billing(site)
    return site


@pytest.fixture
def member(site):
    membership = MembershipFactory(site=site)
    Customer.objects.create(site=site, user=membership.user, stripe_id="cus_1")
    return membership


def delivering(site, told):
    return lambda: deliver(TenantClient(), site, told).status_code


def in_batches(jobs):
    for start in range(0, len(jobs), threads()):
        yield from at_once(jobs[start : start + threads()])


def test_W5_the_same_event_by_all_at_once_is_applied_once(site, member):
    told = event(CREATED, subscription())
    assert set(at_once([delivering(site, told)] * threads())) == {200}
    assert WebhookEvent.objects.count() == 1
    assert Subscription.objects.get().version == 2
    assert Notice.objects.get().kind == "welcome"
    member.refresh_from_db()
    assert member.is_pro


LIFE = [
    (0, CREATED, subscription("incomplete")),
    (1, UPDATED, subscription()),
    (1, "invoice.paid", invoice("paid", id="in_0", reason="subscription_create")),
    (2, "payment_method.attached", card()),
    (3, "customer.updated", customer(card="pm_1")),
    (4, UPDATED, subscription(cancel_at_period_end=True)),
    (5, UPDATED, subscription()),
    (6, "invoice.payment_failed", invoice(id="in_1")),
    (7, UPDATED, subscription("past_due")),
    (8, "invoice.payment_failed", invoice(id="in_1")),
    (9, "invoice.paid", invoice("paid", id="in_1")),
    (10, UPDATED, subscription()),
    (11, CREATED, subscription(id="sub_2", items=[])),
    (12, DELETED, subscription("canceled", id="sub_2", items=[])),
]


@pytest.mark.parametrize("seed", range(3))
def test_W5_different_events_of_one_customer_all_at_once(site, member, seed):
    start = now() - DAY
    told = [event(type, thing, created=start + second) for second, type, thing in LIFE]
    jobs = [delivering(site, shape(one)) for one in told for shape in (str_of, in_old, str_of)]
    random.Random(seed).shuffle(jobs)
    assert set(in_batches(jobs)) == {200}
    assert WebhookEvent.objects.count() == len(told)
    assert dict(Subscription.objects.values_list("stripe_id", "status")) == {
        "sub_1": "active",
        "sub_2": "canceled",
    }
    assert set(Invoice.objects.values_list("status", flat=True)) == {"paid"}
    member.refresh_from_db()
    assert (member.is_pro, member.standing) == (True, "pro")
    assert Customer.objects.get().card_last4 == "4242"


def str_of(told):
    return told


def in_old(told):
    known = told["data"]["object"]["object"] in ("subscription", "invoice")
    return in_old_shape(told) if known and told["data"]["object"].get("items") != [] else told


def test_W4_events_of_an_unlinked_customer_while_it_is_linked(site):
    """Between the checkout's click and its commit: nothing is lost, whoever comes first."""
    membership = MembershipFactory(site=site)
    start = now() - 100
    told = [
        event(CREATED, subscription("incomplete"), created=start),
        *(event(UPDATED, subscription(), created=start + n) for n in range(1, threads() - 1)),
    ]

    def linking():
        link_customer(
            load_tenant(Site.objects.get(pk=site.pk)), membership.user, "cus_1", livemode=False
        )
        return 200

    jobs = [linking, *(delivering(site, one) for one in told)]
    random.shuffle(jobs)
    assert set(at_once(jobs)) == {200}
    assert not WebhookEvent.objects.filter(outcome="waiting").exists()
    assert Customer.objects.count() == 1
    membership.refresh_from_db()
    assert membership.is_pro


def test_W3_two_tenants_do_not_wait_for_one_anothers_customers(site, member):
    gazette = SiteFactory(hostname="gazette.localhost", billing=True)
    set_up_billing(gazette, webhook_secret="whsec_gazette")
    theirs = MembershipFactory(site=gazette)
    Customer.objects.create(site=gazette, user=theirs.user, stripe_id="cus_1")
    told = event(CREATED, subscription())
    half = threads() // 2
    jobs = [delivering(site, told)] * half + [
        lambda: deliver(TenantClient(), gazette, told, secret="whsec_gazette").status_code
    ] * half
    assert set(at_once(jobs)) == {200}
    assert WebhookEvent.objects.count() == 2
    assert Membership.objects.filter(standing="pro").count() == 2


def test_W5_the_success_page_reads_while_the_webhooks_come(site, shop_at_once):
    """Reading and telling the same thing at the same moment ends in the same rows."""
    at_stripe, membership, stripe_id = shop_at_once
    from billing.sync.retrieve import refresh_subscription

    def reading():
        refresh_subscription(load_tenant(Site.objects.get(pk=site.pk)), stripe_id)
        return 200

    told = [
        one for one in at_stripe.events() if one["type"].startswith(("customer.", "invoice.paid"))
    ]
    jobs = [
        lambda one=one: (
            deliver(TenantClient(), site, one, secret=at_stripe.shop.settings_secret).status_code
        )
        for one in told
    ]
    jobs = (jobs * 8 + [reading] * 8)[: threads()]
    random.shuffle(jobs)
    assert set(at_once(jobs)) == {200}
    membership.refresh_from_db()
    assert membership.is_pro
    assert Subscription.objects.get().status == "active"


@pytest.mark.postgresql
def test_B11_an_event_and_the_deletion_of_its_member_do_not_wait_for_each_other(site, member):
    """Who deletes his account has cancelled a moment before, of which Stripe tells at once."""
    user = member.user
    site.checkout_sessions.create(
        user=user, customer=Customer.objects.get(), stripe_id="cs_1", price_id="p", state="open"
    )
    waits = threading.Event()

    def leaving():
        assert waits.wait(10)
        return user.delete()[0] > 0

    def hearing():
        with books_of(load_tenant(Site.objects.get(pk=site.pk)), "cus_1") as books:
            waits.set()
            until_one_waits()
            apply_checkout_session(books, session(status="expired"))
        return True

    assert at_once([leaving, hearing]) == [True, True]
    assert not Membership.objects.filter(pk=member.pk).exists()


def until_one_waits():
    """Wait until another connection waits for a lock of ours."""
    with connection.cursor() as cursor:
        for _ in range(100):
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
            time.sleep(0.05)
    raise AssertionError("Nobody waits.")


@pytest.mark.parametrize("seed", range(3))
def test_W5_success_page_checkout_and_webhooks_all_at_once(site, open_shop, sandbox, seed):
    """A payment has just been made: its events, the way back and another click in one moment."""
    site.pro_prices.all().delete()
    shop = open_shop(site)
    membership = MembershipFactory(site=site)
    readers = [reader_at(site, membership.user) for _ in range(4)]
    choose(readers[0], "annual")
    (paid,) = sessions_at_stripe(shop)
    sandbox.pay_checkout(paid.id)
    told = [one for one in sandbox.events(shop.account) if one["type"] in EVENT_TYPES]
    jobs = [
        *(
            lambda one=one: deliver(TenantClient(), site, one, secret=WEBHOOK_SECRET)
            for one in told
        ),
        *(
            lambda reader=reader: reader.get("/account/billing/success/", {"session_id": paid.id})
            for reader in readers[:2]
        ),
        *(lambda reader=reader: choose(reader, "monthly") for reader in readers[2:]),
    ]
    jobs = (jobs * threads())[: threads()] if len(jobs) < threads() else jobs
    random.Random(seed).shuffle(jobs)
    codes = [answer.status_code for answer in in_batches(jobs)]
    assert set(codes) <= {200, 303}
    membership.refresh_from_db()
    assert (membership.is_pro, membership.standing) == (True, "pro")
    assert Subscription.objects.count() == Customer.objects.count() == 1
    assert len(shop.stripe.v1.subscriptions.list({"status": "all"}).data) == 1
    assert Notice.objects.filter(kind="welcome").count() == 1
    assert not sessions_at_stripe(shop, "open")


def reader_at(site, user):
    client = TenantClient()
    client.speak_to(site)
    client.force_login(user)
    return client


@pytest.fixture
def shop_at_once(site, open_shop, sandbox, transactional_db):
    """A member who has just paid at the sandbox."""
    from tests.billing.at_stripe import AtStripe
    from tests.selling import WEBHOOK_SECRET

    site.pro_prices.all().delete()
    shop = open_shop(site)
    shop.settings_secret = WEBHOOK_SECRET
    at_stripe = AtStripe(shop, sandbox)
    membership = at_stripe.member()
    return at_stripe, membership, at_stripe.subscribe(membership)
