"""S3: a list of the admin costs the same number of statements for five rows as for fifty."""

from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from billing.models import BillingSettings, Subscription, TenantFeatures, WebhookEvent
from krate_site.tenancy import sites
from membership.models import Invitation, Membership, TenantLogEntry
from tests.arrangements import invoice, subscribe
from tests.factories import ArticlePageFactory, SiteFactory, UserFactory, team_member
from tests.states import STATES

pytestmark = pytest.mark.django_db
PAYING = [state for state in STATES if state.name in {"monthly", "past-due", "trial", "ended"}]
SHOP = {"product": "prod_1", "monthly": ("price_1", 900), "annual": ("price_2", 9000)}


@pytest.fixture
def shop(site):
    """What `tests.states` needs of a shop; nobody asks Stripe for a list."""
    BillingSettings.objects.create(site=site, monthly_price_id="price_1")
    plans = {
        name: SimpleNamespace(id=id, unit_amount=amount)
        for name, (id, amount) in list(SHOP.items())[1:]
    }
    return SimpleNamespace(site=site, product=SimpleNamespace(id="prod_1"), **plans)


@pytest.fixture
def owner(site):
    """The member whose page shows what he paid."""
    return Membership.objects.create(site=site, user=UserFactory())


def members(shop, count):
    for number in range(count):
        user = UserFactory(first_name="Ada")
        PAYING[number % len(PAYING)].arrange(shop, user)


def events(shop, count):
    for number in range(WebhookEvent.objects.count(), WebhookEvent.objects.count() + count):
        user = UserFactory()
        customer = subscribe(shop, user, "active").customer
        WebhookEvent.objects.create(
            site=shop.site, event_id=f"evt_{number}", type="invoice.paid", created=number,
            outcome="applied", customer_id_at_stripe=customer.stripe_id, payload={"id": "evt"},
        )  # fmt: skip


def payments(shop, count):
    """Invoices and events of one member, who has one subscription."""
    owner = Membership.objects.get(site=shop.site)
    held = Subscription.objects.filter(customer__user=owner.user).first()
    held = held or subscribe(shop, owner.user, "active")
    for number in range(count):
        invoice(held, "paid")
        WebhookEvent.objects.create(
            site=shop.site, event_id=f"evt_{WebhookEvent.objects.count()}", type="invoice.paid",
            created=number, outcome="applied", customer_id_at_stripe=held.customer.stripe_id,
        )  # fmt: skip


def colleagues(shop, count):
    for number in range(count):
        person = team_member(shop.site, "editors", first_name="Bob")
        if number % 2:
            Invitation.objects.create(site=shop.site, user=person, invited_by=person)


def changes(shop, count):
    for _ in range(count):
        member = Membership.objects.create(site=shop.site, user=UserFactory())
        TenantLogEntry.objects.log_action(
            member, "membership.revoke_complimentary", site=shop.site, user=UserFactory(),
            data={"until": "2026-11-23"},
        )  # fmt: skip


def tenants(shop, count):
    for number in range(count):
        site = SiteFactory(billing=bool(number % 2))
        BillingSettings.objects.create(site=site, publishable_key="pk_test_1")
        WebhookEvent.objects.create(site=site, event_id="evt_1", type="ping", created=1)
        if number % 3:
            TenantFeatures.objects.filter(site=site).delete()


def articles(shop, count):
    for number in range(count):
        until = timezone.now() if number % 2 else None
        ArticlePageFactory(parent=shop.site.root_page, access="pro", public_until=until)


LISTS = {
    "members": (members, "/admin/members/"),
    "members-of-a-plan": (members, "/admin/members/?plan=paying"),
    "members-found": (members, "/admin/members/?q=example"),
    "export": (members, "/admin/members/?export=csv"),
    "events": (events, "/admin/billing/events/"),
    "payments-of-a-member": (payments, "/admin/members/{owner}/"),
    "team": (colleagues, "/admin/team/"),
    "changes": (changes, "/admin/changes/"),
    "tenants": (tenants, "/admin/tenants/"),
    "pages": (articles, "/admin/pages/{root}/"),
    "home": (members, "/admin/"),
}


@pytest.mark.parametrize("name", LISTS)
def test_S3_a_list_takes_as_many_statements_for_fifty_rows_as_for_five(
    name, shop, owner, client_at, site, monkeypatch
):
    # Otherwise the tenant is looked up anew every second, in whichever of the requests.
    monkeypatch.setattr(sites, "SECONDS_A_READING_HOLDS", 3600)
    fill, path = LISTS[name]
    address = path.format(owner=owner.pk, root=site.root_page_id)
    client = client_at(site)
    client.force_login(team_member(site, is_superuser=name == "tenants"))
    fill(shop, 5)
    few = statements(client, address)
    fill(shop, 45)
    many = statements(client, address)
    assert len(many) <= len(few), "\n".join(many)


def statements(client, address):
    # The first look fills the caches of content types and of the tenant.
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address)
        assert answer.status_code == 200
        if answer.streaming:
            b"".join(answer)
    return [query["sql"][:200] for query in captured if "SAVEPOINT" not in query["sql"]]
