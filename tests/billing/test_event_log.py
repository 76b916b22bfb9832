"""The event log in the admin, as a tenant's admin meets it (rules W7, T3, T4)."""

import pytest
from django.urls import reverse

from billing.models import Notice, TenantFeatures, WebhookEvent
from billing.reconcile.run import reconcile
from billing.webhooks.event_log import MOST_ATTEMPTS
from krate_site.tenancy.models import Publication
from tests.billing.breaking import refusing_updates_of
from tests.billing.conftest import set_up_billing
from tests.billing.panel import stored
from tests.billing.stripe_objects import deliver, event, subscription
from tests.clients import TenantClient
from tests.factories import SiteFactory, team_member

URL = "/admin/billing/events/"
CREATED = "customer.subscription.created"


@pytest.fixture
def at_log(site, member, client_at):
    """The tenant admin's browser."""
    admin = team_member(site)
    client = client_at(site)
    client.force_login(admin)
    return client


def shown(response):
    return " ".join(response.content.decode().split())


def test_W7_the_log_tells_what_became_of_each_event_and_why(at_log, site, member):
    stripe = TenantClient()
    deliver(stripe, site, event(CREATED, subscription()))
    deliver(stripe, site, event("invoice.upcoming", {"object": "invoice", "id": "in_1"}))
    page = shown(at_log.get(URL))
    assert CREATED in page
    assert "Applied" in page
    assert member.user.email in page
    assert "This site has no use for events of this type." in page


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("outcome=applied", [CREATED]),
        ("outcome=waiting", ["customer.updated"]),
        ("type=subscription", [CREATED]),
        ("member=reader", [CREATED]),
        ("member=nobody", []),
    ],
)
def test_W7_it_is_filtered_by_outcome_type_and_member(at_log, site, query, expected):
    stripe = TenantClient()
    deliver(stripe, site, event(CREATED, subscription()))
    deliver(stripe, site, event("customer.updated", {"object": "customer", "id": "cus_2"}))
    page = shown(at_log.get(f"{URL}results/?{query}"))
    for type in (CREATED, "customer.updated"):
        assert (type in page) == (type in expected)


def test_W7_a_failed_event_is_replayed(at_log, site, member):
    stripe = TenantClient()
    with refusing_updates_of("membership_membership"):
        deliver(stripe, site, event(CREATED, subscription()))
    row = WebhookEvent.objects.get()
    details = shown(at_log.get(f"{URL}inspect/{row.pk}/"))
    assert "refused" in details
    assert f"{URL}replay/{row.pk}/" in details
    at_log.post(f"{URL}replay/{row.pk}/")
    row.refresh_from_db()
    member.refresh_from_db()
    assert (row.outcome, member.is_pro) == ("applied", True)
    assert f"{URL}replay/" not in shown(at_log.get(f"{URL}inspect/{row.pk}/"))


def test_W7_a_replay_that_fails_again_says_so(at_log, site, member):
    stripe = TenantClient()
    with refusing_updates_of("membership_membership"):
        deliver(stripe, site, event(CREATED, subscription()))
        row = WebhookEvent.objects.get()
        answer = at_log.post(f"{URL}replay/{row.pk}/", follow=True)
    assert "Tried again: Failed" in shown(answer)
    row.refresh_from_db()
    assert 1 < row.attempts < MOST_ATTEMPTS


@pytest.mark.parametrize("outcome", ["applied", "ignored"])
def test_W7_what_neither_failed_nor_waits_stays_as_it_is(at_log, site, member, outcome):
    """The page has no button for it, and a POST made by hand does no more."""
    with refusing_updates_of("membership_membership"):
        deliver(TenantClient(), site, event(CREATED, subscription()))
    WebhookEvent.objects.update(outcome=outcome)
    row = WebhookEvent.objects.get()
    assert f"{URL}replay/" not in shown(at_log.get(f"{URL}inspect/{row.pk}/"))
    page = shown(at_log.post(f"{URL}replay/{row.pk}/", follow=True))
    assert "There is nothing to try again: this event is done." in page
    row.refresh_from_db()
    member.refresh_from_db()
    assert (row.outcome, member.is_pro) == (outcome, False)


def test_T4_another_tenants_events_are_not_there(at_log, site, member):
    gazette = SiteFactory(hostname="gazette.localhost", billing=True)
    set_up_billing(gazette, webhook_secret="whsec_gazette")
    deliver(TenantClient(), gazette, event(CREATED, subscription()), secret="whsec_gazette")
    row = WebhookEvent.objects.get()
    assert CREATED not in shown(at_log.get(f"{URL}results/"))
    assert at_log.get(f"{URL}inspect/{row.pk}/").status_code == 404
    assert at_log.post(f"{URL}replay/{row.pk}/").status_code == 404
    row.refresh_from_db()
    assert row.outcome == "waiting"


def test_T4_editors_have_no_business_there(site, member, client_at):
    client = client_at(site)
    client.force_login(team_member(site, "editors"))
    deliver(TenantClient(), site, event(CREATED, subscription()))
    assert client.get(URL).status_code in (302, 404)
    replay = client.post(f"{URL}replay/{WebhookEvent.objects.get().pk}/")
    assert replay.status_code in (302, 403, 404)


def test_T3_where_billing_is_off_there_is_no_log(at_log, site):
    TenantFeatures.objects.update(billing_enabled=False)
    assert "/admin/billing/events/" not in shown(at_log.get("/admin/"))
    assert at_log.get(URL).status_code in (302, 404)


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_W7_replaying_is_a_post(at_log, site, method):
    deliver(TenantClient(), site, event("customer.updated", {"object": "customer", "id": "c"}))
    row = WebhookEvent.objects.get()
    assert getattr(at_log, method)(f"{URL}replay/{row.pk}/").status_code == 405


def test_W7_nothing_is_added_edited_or_deleted_by_hand(at_log, site):
    deliver(TenantClient(), site, event(CREATED, subscription()))
    pk = WebhookEvent.objects.get().pk
    for path in ("new/", f"edit/{pk}/", f"delete/{pk}/", f"history/{pk}/"):
        assert at_log.get(f"{URL}{path}").status_code == 404
    assert reverse("billing_events:index") == URL


def test_B7_who_pays_twice_is_shown_and_the_newer_one_is_cancelled_at_a_click(
    at_stripe, client_at, site, mailoutbox, django_capture_on_commit_callbacks
):
    Publication.objects.update_or_create(site=site, defaults={"contact_email": "desk@c.example"})
    member, other = at_stripe.member(), at_stripe.member()
    with django_capture_on_commit_callbacks(execute=True):
        first = at_stripe.subscribe(member)
        at_stripe.subscribe(other)
        at_stripe.tells()
        at_stripe.sandbox.advance(60)
        second = at_stripe.subscribe(member, price=at_stripe.shop.annual.id)
        at_stripe.tells()
    told = [mail for mail in mailoutbox if mail.to == ["desk@c.example"]]
    assert [mail.subject for mail in told] == ["A member pays twice at The Courier"]
    client = client_at(site)
    client.force_login(team_member(site))
    page = shown(client.get(URL))
    assert "Cancel the newer one" in page
    assert page.index(first) < page.index(second)
    button = f"{URL}cancel-newer/{member.user_id}/"
    assert second in shown(client.post(button, follow=True))
    statuses = [at_stripe.stripe.v1.subscriptions.retrieve(one).status for one in (first, second)]
    assert statuses == ["active", "canceled"]
    member.refresh_from_db()
    assert member.is_pro
    assert "There are no two" in shown(client.post(button, follow=True))
    assert "Cancel the newer one" not in shown(client.get(URL))


def test_B7_the_newer_one_stays_where_the_older_has_just_ended(at_stripe, client_at, site):
    """Of its end nothing was told here yet: by our rows the member still has two."""
    member = at_stripe.member()
    first, second = (at_stripe.subscribe(member) for _ in range(2))
    at_stripe.tells()
    at_stripe.stripe.v1.subscriptions.cancel(first)
    client = client_at(site)
    client.force_login(team_member(site))
    page = client.post(f"{URL}cancel-newer/{member.user_id}/", follow=True)
    assert "There are no two" in shown(page)
    assert at_stripe.stripe.v1.subscriptions.retrieve(second).status == "active"


@pytest.fixture
def cancel_newer(at_stripe, client_at, site):
    """Return a function that presses the button for a member with two subscriptions: what it
    answers, and how the two are then; and the newer one's id."""
    member = at_stripe.member()
    ids = [at_stripe.subscribe(member) for _ in range(2)]
    at_stripe.tells()
    client = client_at(site)
    client.force_login(team_member(site))

    def cancel_newer():
        page = shown(client.post(f"{URL}cancel-newer/{member.user_id}/", follow=True))
        return page, [at_stripe.stripe.v1.subscriptions.retrieve(one).status for one in ids]

    return cancel_newer, ids[1]


def test_B7_a_restricted_key_that_may_not_cancel_is_told_what_it_lacks(
    cancel_newer, shop, sandbox, site
):
    press, _newer = cancel_newer
    sandbox.create_account(shop.account.name, restricted_to=["subscription_read"])
    settings = stored(site)
    settings.secret_key = shop.account.restricted_key
    settings.save()
    page, statuses = press()
    assert "The restricted key may not do this. Give it write access at Stripe." in page
    assert statuses == ["active", "active"]


def test_B7_what_was_cancelled_is_not_called_unchanged_where_stripe_falls_silent_then(
    cancel_newer, sandbox
):
    press, newer = cancel_newer
    # It is read before it is cancelled, and once more after that.
    sandbox.mischief(answer=500, path=f"GET /v1/subscriptions/{newer}$", after=1, times=2)
    page, statuses = press()
    assert f"{newer} is cancelled. Refund its payment" in page
    assert "Nothing was changed" not in page
    assert statuses == ["active", "canceled"]
    assert "There are no two" in press()[0]


@pytest.mark.parametrize(
    ("answer", "times", "words", "newer_is"),
    [
        (500, 2, "Whether it cancelled the subscription, this page says in a minute.", "active"),
        ("hang_up_after", 2, "this page says in a minute.", "canceled"),
        ("500_after", 1, "is cancelled. Refund its payment", "canceled"),
    ],
)
def test_B7_where_stripe_does_not_answer_nothing_is_promised(
    cancel_newer, sandbox, answer, times, words, newer_is
):
    press, newer = cancel_newer
    sandbox.mischief(answer=answer, path=f"DELETE /v1/subscriptions/{newer}$", times=times)
    page, statuses = press()
    assert words in page
    assert "Nothing was changed" not in page
    assert statuses == ["active", newer_is]


def test_B7_who_pays_twice_is_also_shown_where_only_the_daily_comparison_noticed(
    at_stripe, client_at, site
):
    member = at_stripe.member()
    for _ in range(2):
        at_stripe.subscribe(member)
    at_stripe.tells()
    Notice.objects.all().delete()
    client = client_at(site)
    client.force_login(team_member(site))
    assert "Cancel the newer one" not in shown(client.get(URL))
    reconcile(site)
    assert "Cancel the newer one" in shown(client.get(URL))


def test_T4_nobody_cancels_another_tenants_subscriptions(at_stripe, client_at, site):
    member = at_stripe.member()
    for _ in range(2):
        at_stripe.subscribe(member)
    at_stripe.tells()
    gazette = SiteFactory(hostname="gazette.localhost", billing=True)
    client = client_at(gazette)
    client.force_login(team_member(gazette))
    client.post(f"{URL}cancel-newer/{member.user_id}/")
    client_at(site).force_login(team_member(site, "editors"))
    client.post(f"{URL}cancel-newer/{member.user_id}/")
    listed = at_stripe.stripe.v1.subscriptions.list({"customer": member.customer}).data
    assert [one.status for one in listed] == ["active", "active"]
    for no_key in (2**63, 10**30):
        assert client.post(f"{URL}cancel-newer/{no_key}/").status_code == 404


def test_an_event_leads_to_its_member(at_log, site, member):
    deliver(TenantClient(), site, event(CREATED, subscription()))
    deliver(TenantClient(), site, event("customer.updated", {"object": "customer", "id": "cus_2"}))
    known, stranger = (
        shown(at_log.get(reverse("billing_events:inspect", args=[row.pk])))
        for row in WebhookEvent.objects.order_by("pk")
    )
    assert f'cus_1 · <a href="/admin/members/{member.pk}/">{member.user.email}</a>' in known
    assert "cus_2" in stranger
    assert "/admin/members/" not in stranger.split("cus_2")[1]


def test_a_log_without_events_leads_to_the_checklist(at_log):
    page = shown(at_log.get(URL))
    assert "Stripe has told this site nothing yet." in page
    assert '<a href="/admin/settings/billing/">The checklist says whether' in page
