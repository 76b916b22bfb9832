"""Who has billing is a platform administrator's choice (rule T3, R20)."""

import pytest
from django.test import TestCase
from django.urls import reverse

from billing.models import CheckoutSession, TenantFeatures, WebhookEvent
from billing.permissions import billing_enabled
from membership.models import Membership, TenantLogEntry, User
from tests.factories import SiteFactory, UserFactory, team_member

LIST = "/admin/tenants/"


@pytest.fixture
def root(client_at, site):
    """A platform administrator's browser."""
    client = client_at(site)
    client.force_login(User.objects.create_superuser("root@example.com", "x"))
    return client


def switch(client, site, **fields):
    # Whatever follows is done once it is committed, as without a test's transaction.
    with TestCase.captureOnCommitCallbacks(execute=True):
        return client.post(reverse("tenant_billing", args=[site.pk]), fields, follow=True)


def test_R20_a_platform_administrator_sees_every_tenant_and_switches_one_on(root, site):
    other = SiteFactory(hostname="gazette.localhost", site_name="The Gazette")
    page = root.get(LIST).content.decode()
    assert "The Gazette" in page
    assert "courier.localhost" in page
    assert LIST in root.get("/admin/").content.decode()
    switch(root, other, billing="on")
    assert billing_enabled(other.pk)
    assert TenantLogEntry.objects.filter(action="billing.switch_on").count() == 1


def test_a_tenant_that_was_never_asked_about_can_be_switched_on(root):
    other = SiteFactory()
    TenantFeatures.objects.filter(site=other).delete()
    assert root.get(LIST).status_code == 200
    switch(root, other, billing="on")
    assert billing_enabled(other.pk)


@pytest.mark.parametrize("group", ["admins", "editors", None])
def test_T3_nobody_else_sees_or_switches_anything(client_at, site, group):
    client = client_at(site)
    client.force_login(team_member(site, group) if group else UserFactory())
    for response in (client.get(LIST), switch(client, site, billing="off", confirmed="on")):
        assert "Running subscriptions" not in response.content.decode()
    assert LIST not in client.get("/admin/").content.decode()
    assert billing_enabled(site.pk)


def test_T3_switching_off_lists_who_still_pays_and_wants_a_confirmation(
    root, site, shop, reader, person, buy
):
    buy(reader, shop)
    page = root.get(reverse("tenant_billing", args=[site.pk])).content.decode()
    assert person.email in page
    assert "One subscription is running" in page
    assert "<td>Active</td>" in page
    assert switch(root, site, billing="off").status_code == 400
    assert switch(root, site).status_code == 400
    assert billing_enabled(site.pk)
    switch(root, site, billing="off", confirmed="on")
    assert not billing_enabled(site.pk)


def test_T3_access_that_was_granted_runs_on(root, site, shop, reader, person, buy):
    buy(reader, shop)
    switch(root, site, billing="off", confirmed="on")
    assert Membership.objects.get(user=person).is_pro
    account = reader.get("/account/").content.decode()
    assert "You are a Pro member" in account
    assert "it renews by itself" in account


def test_T3_what_was_begun_before_cannot_be_paid_any_more(root, site, shop, reader):
    reader.post("/account/billing/checkout/", {"plan": "annual"})
    switch(root, site, billing="off", confirmed="on")
    assert [session.status for session in shop.stripe.v1.checkout.sessions.list()] == ["expired"]
    assert CheckoutSession.objects.get().state == "expired"


def test_T3_switching_on_again_brings_in_what_happened_meanwhile(
    root, site, shop, reader, person, buy
):
    buy(reader, shop)
    switch(root, site, billing="off", confirmed="on")
    subscription = shop.stripe.v1.subscriptions.list().data[0]
    shop.stripe.v1.subscriptions.cancel(subscription.id)
    assert Membership.objects.get(user=person).is_pro
    switch(root, site, billing="on")
    assert not Membership.objects.get(user=person).is_pro


def test_switching_is_a_post_with_a_token(root, site):
    root.handler.enforce_csrf_checks = True
    assert switch(root, site, billing="off", confirmed="on").status_code == 403
    assert billing_enabled(site.pk)


def test_R20_the_list_tells_how_each_tenant_stands_and_finds_it(root, site, shop, person):
    Membership.objects.create(site=site, user=person)
    WebhookEvent.objects.create(site=site, event_id="evt_1", type="ping", created=1)
    shop.settings.findings = [{"subject": "portal", "state": "attention", "code": "portal_missing"}]
    shop.settings.save()
    SiteFactory(hostname="gazette.localhost", site_name="The Gazette")
    rows = {row.site.hostname: row for row in root.get(LIST).context["rows"]}
    courier, gazette = rows["courier.localhost"], rows["gazette.localhost"]
    assert (courier.mode, courier.needs_attention) == ("test", True)
    assert (gazette.mode, gazette.needs_attention) == (None, False)
    # Signing in made the administrator no member: that takes a login by the form.
    assert (courier.site.members, gazette.site.members) == (1, 0)
    assert courier.site.last_event is not None
    page = " ".join(root.get(LIST).content.decode().split())
    assert "<td>none yet</td>" in page
    [found] = root.get(LIST, {"q": "gaz"}).context["rows"]
    assert found.site == gazette.site
    assert "No tenant matches" in root.get(LIST, {"q": "nowhere"}).content.decode()


def test_R20_a_page_of_tenants_costs_as_much_for_many_as_for_few(
    root, site, shop, django_assert_max_num_queries
):
    root.get(LIST)
    with django_assert_max_num_queries(25) as few:
        root.get(LIST)
    for _ in range(5):
        SiteFactory(billing=True)
    # One more where the process asks again which tenant this is, as it does each half second.
    with django_assert_max_num_queries(len(few) + 1):
        root.get(LIST)
