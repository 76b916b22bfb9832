"""The checklist turns green by what happened, the banner tells the mode, and live is guarded (B2, R28)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from billing.models import CheckoutSession, Customer, TenantFeatures, WebhookEvent
from billing.models.secrets import reveal
from membership.models import TenantLogEntry
from tests.billing.panel import URL, save, stored, text_of
from tests.factories import team_member

BANNER = "Test mode: no real payment is taken."


def row_of(page, subject):
    return next(row for row in page.context["rows"] if row.subject == subject)


def rows(client):
    return {row.subject: row for row in client.get(URL).context["rows"]}


@pytest.fixture
def event(site, shop):
    return WebhookEvent.objects.create(
        site=site, event_id="evt_1", type="invoice.paid", created=1, outcome="applied"
    )


def test_each_line_says_the_next_step_where_nothing_is_there_yet(client_at, site):
    client = client_at(site)
    client.force_login(team_member(site))
    page = text_of(client.get(URL))
    for words in (
        "Copy both keys from Stripe",
        "enter its id below: it begins with price_",
        "Save the keys first; then the button below makes it",
        "Finish what stands above",
    ):
        assert words in page
    assert "Test checkout" in page


def test_a_price_that_is_still_missing_says_the_next_step_once_the_keys_work(
    at_panel, shop, entries
):
    page = save(at_panel, entries, monthly_price_id="", annual_price_id="")
    assert row_of(page, "keys").state == "works"
    assert "Make the price at Stripe" in row_of(page, "monthly_price_id").words


def test_checking_again_says_where_nothing_could_be_asked(at_panel, site, sandbox, shop):
    def check():
        return text_of(at_panel.post(f"{URL}check/", follow=True))

    assert "Checked again" in check()
    sandbox.mischief(answer=500)
    assert "Checked again" not in (page := check())
    assert "Stripe can&#x27;t be reached at the moment" in page
    sandbox.mischief()
    stored(site).delete()
    assert "Enter and save a secret key first" in check()


def test_the_webhooks_line_tells_the_last_event_and_when(at_panel, entries, event):
    save(at_panel, entries)
    assert "Last event: invoice.paid, " in text_of(at_panel.get(URL))


def test_before_the_first_event_the_webhook_says_so(at_panel, shop, entries):
    save(at_panel, entries)
    at_panel.post(f"{URL}webhook/")
    page = text_of(at_panel.get(URL))
    assert "No event has arrived yet" in page


def test_a_payment_that_no_event_told_of_turns_the_webhooks_line(
    at_panel, shop, entries, reader, buy
):
    """The signing secret of another endpoint is refused without a trace: only this shows it."""
    at_panel.post(f"{URL}webhook/")
    buy(reader, shop)
    assert rows(at_panel)["webhook"].state == "works"
    an_hour_ago = timezone.now() - timedelta(hours=1)
    CheckoutSession.objects.update(created_at=an_hour_ago)
    row = rows(at_panel)["webhook"]
    assert row.state == "attention"
    assert "no event has arrived since. The stored signing secret may be another" in row.words
    WebhookEvent.objects.create(
        site=shop.site, event_id="evt_1", type="invoice.paid", created=1, outcome="applied"
    )
    assert rows(at_panel)["webhook"].state == "works"


@pytest.mark.parametrize("outcome", ["failed", "dead"])
def test_W7_failures_turn_the_webhooks_line_and_lead_to_them(at_panel, entries, event, outcome):
    save(at_panel, entries)
    WebhookEvent.objects.update(outcome=outcome)
    row = rows(at_panel)["webhook"]
    assert row.state == "attention"
    assert "1 event failed" in row.words
    assert row.url == f"/admin/billing/events/?outcome={outcome}"
    assert len(at_panel.get(row.url).context["object_list"]) == 1


def test_the_test_checkout_turns_green_by_a_checkout(at_panel, shop, reader, buy):
    row = rows(at_panel)["checkout"]
    assert (row.state, row.url) == ("missing", "/pro/")
    assert "4242 4242 4242 4242" in row.words
    buy(reader, shop)
    row = rows(at_panel)["checkout"]
    assert row.state == "works"
    assert "all the way from the button to Pro" in row.words


def test_a_checkout_of_test_mode_is_no_first_payment(at_panel, site, shop, person):
    customer = Customer.objects.create(site=site, user=person, stripe_id="cus_1")
    CheckoutSession.objects.create(
        site=site, user=person, customer=customer, state="complete", price_id="price_1"
    )
    go_live_by_hand(site, shop)
    row = rows(at_panel)["checkout"]
    assert (row.title, row.state) == ("First payment", "missing")


def go_live_by_hand(site, shop):
    live = stored(site)
    live.publishable_key = shop.account.live_publishable_key
    live.secret_key = shop.account.live_secret_key
    live.checked_at = timezone.now()
    live.findings = [
        {"subject": subject, "state": "works", "code": "portal_works", "params": {}}
        for subject in ("keys", "monthly_price_id", "annual_price_id", "webhook", "portal")
    ]
    live.save()


@pytest.mark.parametrize("path", ["/admin/", "/admin/members/", "/admin/pages/", "/admin/team/"])
def test_R28_a_banner_stands_everywhere_in_the_admin_while_in_test_mode(at_panel, shop, path):
    assert text_of(at_panel.get(path, follow=True)).count(BANNER) == 1


def test_T3_the_banner_is_for_those_who_can_do_something_about_it(client_at, site, shop):
    client = client_at(site)
    client.force_login(team_member(site, "editors"))
    assert BANNER not in text_of(client.get("/admin/"))
    client.force_login(team_member(site))
    assert BANNER in text_of(client.get("/admin/"))
    TenantFeatures.objects.filter(site=site).update(billing_enabled=False)
    assert BANNER not in text_of(client.get("/admin/"))


def test_R28_in_live_mode_the_banner_goes_unless_something_is_amiss(at_panel, site, shop):
    go_live_by_hand(site, shop)
    assert "Test mode" not in text_of(at_panel.get("/admin/"))
    live = stored(site)
    live.findings[3]["state"] = "attention"
    live.save()
    assert "real money, and the checklist needs attention" in text_of(at_panel.get("/admin/"))


def test_B2_going_live_makes_the_endpoint_and_is_noted(at_panel, site, shop, live_entries):
    before = reveal(stored(site), "webhook_secret")
    page = save(at_panel, live_entries)
    assert stored(site).mode == "live"
    assert row_of(page, "webhook").state == "works"
    assert reveal(stored(site), "webhook_secret") != before
    [endpoint] = shop.live.v1.webhook_endpoints.list().data
    assert endpoint.url.startswith("http://courier.localhost")
    assert TenantLogEntry.objects.filter(action="billing.go_live", site=site).count() == 1


def test_B2_nobody_goes_live_while_stripe_can_not_be_reached(at_panel, site, sandbox, live_entries):
    sandbox.mischief(answer=500)
    page = text_of(save(at_panel, live_entries))
    assert "Going live needs its answers, so nothing was saved" in page
    assert stored(site).mode == "test"
    # Nor does the page speak as if it had been.
    assert "These are test keys" in page
    assert "First payment" not in page


def test_B2_nobody_goes_live_without_a_portal(at_panel, site, shop, live_entries):
    configuration = shop.live.v1.billing_portal.configurations.list().data[0]
    shop.live.v1.billing_portal.configurations.update(
        configuration.id,
        {"features": {"subscription_cancel": {"enabled": True, "mode": "immediately"}}},
    )
    page = text_of(save(at_panel, live_entries))
    assert "Customer portal of live mode: The portal cancels at once" in page
    assert stored(site).mode == "test"


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ({"monthly_price_id": "", "annual_price_id": ""}, "at least one price of live mode"),
        ({"publishable_key": ""}, "Enter the publishable key of live mode"),
    ],
)
def test_B2_nobody_goes_live_without_prices_and_keys(at_panel, site, live_entries, missing, said):
    assert said in text_of(save(at_panel, live_entries, **missing))
    assert stored(site).mode == "test"


def test_whoever_is_live_saves_as_before(at_panel, site, sandbox, shop, live_entries):
    save(at_panel, live_entries)
    sandbox.mischief(answer=500)
    save(at_panel, {**live_entries, "secret_key": ""}, trial_days="5")
    assert stored(site).trial_days == 5


def test_R28_the_way_back_to_test_mode_wants_a_confirmation_where_members_really_pay(
    at_panel, site, shop, entries, live_entries, reader, person, buy,
    django_capture_on_commit_callbacks,
):  # fmt: skip
    save(at_panel, live_entries)
    shop.stripe = shop.live
    buy(reader, shop)
    assert "Go back to test mode" not in text_of(at_panel.get(URL))

    test_keys = {**entries, "secret_key": shop.secret_key}
    page = text_of(save(at_panel, test_keys))
    assert "1 member pays with real money" in page
    assert "Go back to test mode all the same" in page
    assert stored(site).mode == "live"
    assert site.memberships.get(user=person).is_pro

    with django_capture_on_commit_callbacks(execute=True):
        save(at_panel, test_keys, leave_live="on")
    assert stored(site).mode == "test"
    assert not site.memberships.get(user=person).is_pro
    noted = {entry.action: entry.message for entry in TenantLogEntry.objects.filter(site=site)}
    assert noted["billing.leave_live"] == "Switched back to test mode"
    assert "publishable key" in text_of(at_panel.get("/admin/changes/"))


def test_R28_nobody_is_asked_where_no_member_really_pays_for_pro(
    at_panel, site, shop, entries, live_entries, person
):
    save(at_panel, live_entries)
    customer = Customer.objects.create(site=site, user=person, stripe_id="cus_1", livemode=True)
    book = customer.subscriptions.create(
        site=site, stripe_id="sub_book", status="active", status_at_stripe="active", livemode=True
    )
    book.items.create(stripe_id="si_book", price_id="price_book", product_id="prod_book")
    save(at_panel, entries, secret_key=shop.secret_key)
    assert stored(site).mode == "test"


def test_B3_the_log_names_the_settings_that_were_changed_and_never_their_values(
    at_panel, site, shop, entries
):
    save(at_panel, entries, secret_key=shop.secret_key, trial_days="9")
    [entry] = TenantLogEntry.objects.filter(site=site)
    assert entry.message == "Changed: secret key, trial, in days"
    assert entry.user is not None
    assert shop.secret_key not in str(TenantLogEntry.objects.values())
    assert "secret key, trial, in days" in text_of(at_panel.get("/admin/changes/"))
