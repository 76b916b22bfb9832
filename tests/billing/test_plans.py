"""S3: every hot lookup goes through an index, at 20,000 rows of each kind on PostgreSQL."""

import itertools

import pytest
from django.db import transaction
from django.utils import timezone

from bench.copying import analyze, copy
from bench.filling import PERSON, email_of, fill_events, fill_members, mirrored
from billing.emails.outbox import send_notices
from billing.models import CheckoutSession, Customer, Notice, WebhookEvent
from billing.reconcile.compare import customers_of, is_in_step
from billing.tenant_billing import load_tenant
from billing.webhooks.linking import link_customer
from membership.models import User
from tests.billing.conftest import set_up_billing
from tests.billing.stripe_objects import card, customer, deliver, event, invoice, session
from tests.billing.stripe_objects import subscription as stripe_subscription
from tests.clients import TenantClient
from tests.factories import ArticlePageFactory, SectionPageFactory, SiteFactory, team_member
from tests.plans import plans

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db, pytest.mark.xdist_group("plans")]

ROWS = 20_000
NUMBERS = range(ROWS)
WITH_CUSTOMER = "n %% 10 > 4"
# One of the members who are Pro, and one of the strangers whose events wait.
PRO, STRANGER = 15_005, 15_009
LARGE = {
    "membership_user",
    "account_emailaddress",
    "membership_membership",
    "billing_customer",
    "billing_subscription",
    "billing_subscriptionitem",
    "billing_invoice",
    "billing_webhookevent",
    "billing_checkoutsession",
    "billing_notice",
}
later = itertools.count(int(timezone.now().timestamp()))


@pytest.fixture(scope="module")
def site(django_db_setup, django_db_blocker):
    """A tenant with a long past, rolled back when this module is done."""
    with django_db_blocker.unblock(), transaction.atomic():
        site = SiteFactory(hostname="large.localhost", site_name="The Large", billing=True)
        set_up_billing(site)
        fill_members(site, ROWS)
        fill_events(site, ROWS)
        fill_checkouts(site)
        fill_notices(site)
        analyze(CheckoutSession, Notice)
        yield site
        transaction.set_rollback(True)


def fill_checkouts(site):
    begun = CheckoutSession(
        site=site, price_id="price_fill", state="complete", created_at=timezone.now()
    )
    copy(
        begun,
        NUMBERS,
        where=WITH_CUSTOMER,
        stripe_id="'cs_fill_' || n",
        subscription_id_at_stripe="'sub_fill_' || n",
        customer_id=mirrored(Customer, "cus", site),
        user_id=PERSON,
        idempotency_key="gen_random_uuid()",
    )


def fill_notices(site):
    sent = Notice(site=site, kind="welcome", sent_at=timezone.now(), noted_at=timezone.now())
    copy(
        sent,
        NUMBERS,
        where=WITH_CUSTOMER,
        about="'sub_fill_' || n",
        user_id=PERSON,
    )


@pytest.fixture
def client(site):
    client = TenantClient()
    client.speak_to(site)
    return client


@pytest.fixture
def reader(client):
    """The browser of a Pro member."""
    client.force_login(User.objects.get(email=email_of(PRO)))
    return client


@pytest.fixture
def desk(client, site):
    """The browser of the tenant's admin."""
    client.force_login(team_member(site))
    return client


def of_member(kind, **changes):
    """Return what Stripe calls the member's things, in an object of this kind."""
    made = kind(customer=f"cus_fill_{PRO}", **changes)
    made["id"] = {"subscription": "sub", "invoice": "in", "checkout.session": "cs"}.get(
        made["object"], "pm"
    ) + f"_fill_{PRO}"
    return made


EVENTS = {
    "customer.subscription.updated": lambda: of_member(stripe_subscription),
    "customer.subscription.deleted": lambda: of_member(stripe_subscription, status="canceled"),
    "invoice.paid": lambda: of_member(invoice, status="paid", subscription=f"sub_fill_{PRO}"),
    "invoice.payment_failed": lambda: of_member(invoice, subscription=f"sub_fill_{PRO}"),
    "payment_method.attached": lambda: of_member(card),
    "customer.updated": lambda: customer(f"cus_fill_{PRO}"),
    "customer.deleted": lambda: customer(f"cus_fill_{PRO}"),
    "checkout.session.completed": lambda: of_member(session, subscription=f"sub_fill_{PRO}"),
}


@pytest.mark.parametrize("type", EVENTS)
def test_S3_an_event_reads_no_whole_table(client, site, type):
    told = event(type, EVENTS[type](), created=next(later), id=f"evt_plan_{type}")
    with plans() as gathered:
        assert deliver(client, site, told).content in (b"applied", b"ignored")
        assert deliver(client, site, told).content == b"duplicate"
    assert not gathered.whole.keys() & LARGE, gathered.whole
    assert {"billing_webhookevent", "billing_customer"} <= gathered.by_index


def test_S3_an_event_of_a_stranger_waits_and_is_found_when_he_is_linked(client, site):
    somebody = User.objects.get(email=email_of(0))
    with plans() as gathered:
        customer = link_customer(
            load_tenant(site), somebody, f"cus_stranger_{STRANGER}", livemode=False
        )
    assert customer.user == somebody
    assert not gathered.whole.keys() & LARGE, gathered.whole
    waited = WebhookEvent.objects.get(site=site, event_id=f"evt_fill_{STRANGER}")
    assert waited.outcome != "waiting"
    assert "billing_webhookevent" in gathered.by_index


@pytest.mark.parametrize(
    ("path", "table"),
    [
        ("/account/", "billing_invoice"),
        # Another member's session, so that Stripe isn't asked.
        (f"/account/billing/success/?session_id=cs_fill_{PRO - 1}", "billing_checkoutsession"),
        ("/account/data/", "billing_invoice"),
    ],
)
def test_S3_a_members_pages_read_no_whole_table(reader, path, table):
    with plans() as gathered:
        assert reader.get(path).status_code in (200, 404)
    assert not gathered.whole.keys() & LARGE, gathered.whole
    assert table in gathered.by_index


def test_S3_a_gated_article_finds_its_reader_by_index(reader, site):
    section = SectionPageFactory(parent=site.root_page)
    article = ArticlePageFactory(parent=section, access="pro")
    with plans() as gathered:
        answer = reader.get(article.get_url())
    assert answer.status_code == 200
    assert not gathered.whole.keys() & LARGE, gathered.whole
    assert "membership_membership" in gathered.by_index


def test_S3_signing_in_finds_the_account_by_its_address(client):
    address = email_of(PRO)
    with plans() as gathered:
        client.post("/accounts/login/", {"login": address, "password": "not hers"})
    assert not gathered.whole.keys() & LARGE, gathered.whole
    assert {"membership_user", "account_emailaddress"} & gathered.by_index


@pytest.mark.parametrize(
    "path",
    [
        "/admin/members/",
        "/admin/members/?p=3",
        "/admin/members/?standing=past_due",
        "/admin/members/?pro_until_from=2020-01-01&pro_until_to=2020-02-01",
        "/admin/billing/events/",
        "/admin/billing/events/?p=3",
        "/admin/billing/events/?outcome=failed",
        f"/admin/billing/events/?member={email_of(PRO)}",
        f"/admin/members/?q=ADER{PRO}",
        f"/admin/members/?q=fill.example er{PRO}",
        "/admin/members/?q=Lindqvist",
        f"/admin/members/?q=er{PRO}&standing=pro",
        f"/admin/members/?q=er{PRO}&export=csv",
    ],
)
def test_S3_a_page_of_an_admins_list_reads_no_whole_table(desk, path):
    with plans() as gathered:
        assert desk.get(path).status_code == 200
    assert not gathered.whole.keys() & LARGE, gathered.whole


def test_S3_reconciliation_finds_a_members_rows_by_index(site):
    tenant = load_tenant(site)
    with plans() as gathered:
        customers = customers_of(tenant, f"cus_fill_{PRO}")
        is_in_step(tenant, customers, of_member(stripe_subscription))
    assert len(customers) == 1
    assert not gathered.whole.keys() & LARGE, gathered.whole
    assert {"billing_customer", "billing_subscription"} <= gathered.by_index


def test_S3_mails_to_be_sent_are_found_among_all_that_were(site):
    with plans() as gathered:
        assert send_notices(site_id=site.pk, user_id=None) == 0
    assert "billing_notice" not in gathered.whole
