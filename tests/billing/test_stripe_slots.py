"""Rule B9: while as many wait for Stripe as may, whoever comes next hears so at once, in words."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils.html import strip_tags

from billing.models import BillingSettings, CheckoutSession, Customer, Subscription
from billing.stripe_api.client import PATIENCE
from krate_site.tenancy.models import Publication
from tests import faults
from tests.billing.panel import save
from tests.billing.slow_stripe import SlowStripe
from tests.billing.stripe_objects import event
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

CHECKOUT = "/account/billing/checkout/"
SLOWLY = "The payment service answers slowly at the moment. Nothing was charged."


@pytest.fixture
def stripe(sandbox, settings, monkeypatch):
    """Stripe with a brake, asked by a process of two threads, of which one may wait for it."""
    stripe = SlowStripe(sandbox)
    settings.STRIPE_API_BASE = stripe.url
    settings.WEB_THREADS = 2
    monkeypatch.setitem(PATIENCE, "person", (faults.PATIENCE, 0))
    yield stripe
    stripe.stop()


@pytest.fixture
def while_one_waits(stripe, shop, make_reader):
    """Return a context in which somebody's click waits for Stripe; it isn't turned away in the end."""

    def click(browser):
        try:
            return browser.post(CHECKOUT, {"plan": "monthly"})
        finally:
            connection.close()

    @contextmanager
    def while_one_waits():
        stripe.delay(shop.secret_key)
        browser = make_reader(UserFactory(verified=True))
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(click, browser)
            try:
                stripe.wait_for_calls(1)
                yield
                assert not waiting.done()
            finally:
                stripe.release()
        assert waiting.result().status_code == 303

    return while_one_waits


def text_of(answer):
    return " ".join(strip_tags(answer.text).replace("&#x27;", "'").split())


def assert_turned_away(answer, words=SLOWLY):
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "60"
    assert words in text_of(answer)
    assert "The Courier" in answer.text


def test_B9_the_next_click_hears_at_once_that_nothing_was_charged(
    reader, person, stripe, shop, while_one_waits, buy
):
    with while_one_waits():
        assert_turned_away(reader.post(CHECKOUT, {"plan": "monthly"}))
        # Nothing is written, and nothing can be paid.
        assert stripe.waiting == 1
        assert not Customer.objects.filter(user=person).exists()
        assert not CheckoutSession.objects.filter(user=person).exists()
        # Whatever doesn't ask Stripe is there.
        for path in ("/", "/pro/", "/account/"):
            assert reader.get(path).status_code == 200
    assert "Welcome to Pro" in buy(reader, shop).text
    assert len(shop.stripe.v1.subscriptions.list().data) == 1


def test_B9_it_is_said_in_the_tenants_language(site, reader, while_one_waits):
    Publication.objects.update_or_create(site=site, defaults={"language": "de"})
    with while_one_waits():
        answer = reader.post(CHECKOUT, {"plan": "monthly"})
    assert_turned_away(answer, "Der Zahlungsdienst antwortet gerade langsam.")


def test_B9_the_buttons_of_the_account_say_it_too(reader, shop, buy, while_one_waits):
    buy(reader, shop)
    page = reader.get("/account/").text
    invoice = next(link for link in page.split('"') if "/billing/invoices/" in link)
    with while_one_waits():
        for flow in ("", "cancel", "card"):
            assert_turned_away(reader.post("/account/billing/portal/", {"flow": flow}))
        assert_turned_away(reader.post("/account/billing/pay/"))
        assert_turned_away(reader.post("/account/billing/resume/"))
        assert_turned_away(reader.get(invoice))
        # To who has paid, "Nothing was charged" is no answer.
        asked = reader.post("/account/billing/ask/")
    assert_turned_away(asked, "what you paid before isn't lost")


def test_B9_who_comes_back_from_paying_is_told_that_nothing_is_lost(
    reader, shop, sandbox, while_one_waits
):
    reader.post(CHECKOUT, {"plan": "monthly"})
    session = shop.stripe.v1.checkout.sessions.list({"limit": 1}).data[0]
    sandbox.pay_checkout(session.id, "4242424242424242")
    back = f"/account/billing/success/?session_id={session.id}"
    with while_one_waits():
        assert_turned_away(reader.get(back), "If you have paid, Pro opens by itself")
    assert "Welcome to Pro" in reader.get(back).text


def test_B11_an_account_isnt_deleted_while_its_subscription_cant_be_cancelled(
    reader, person, shop, buy, while_one_waits
):
    buy(reader, shop)
    with while_one_waits():
        answer = reader.post("/account/delete/", {"email": person.email})
        assert "so nothing was deleted and nothing was charged" in text_of(answer)
    person.refresh_from_db()
    assert shop.stripe.v1.subscriptions.list().data[0].status == "active"


def test_B9_the_admin_hears_it_in_words(site, shop, at_panel, entries, at_stripe, while_one_waits):
    member = at_stripe.member()
    with while_one_waits():
        portal = at_panel.post("/admin/settings/billing/portal/", follow=True)
        asked = at_panel.post(f"/admin/billing/members/{member.pk}/ask/", follow=True)
        saved = save(at_panel, entries, trial_days="3")
    for answer in (portal, asked):
        assert "Stripe answers slowly at the moment. Nothing was changed." in text_of(answer)
    assert "Saved, but Stripe couldn't be reached, so nothing was checked." in text_of(saved)
    assert BillingSettings.objects.get(site=site).trial_days == 3


def test_W4_what_a_webhook_would_read_is_read_later(at_stripe, while_one_waits):
    """Two events of one second are settled by reading Stripe, after what they say is stored."""
    member = at_stripe.member()
    stripe_id = at_stripe.subscribe(member)
    thing = at_stripe.stripe.v1.subscriptions.retrieve(stripe_id).to_dict(for_json=True)
    at_stripe.events()
    moment = thing["created"] + 5
    told = [
        event("customer.subscription.updated", {**thing, "status": status}, created=moment)
        for status in ("unpaid", "active")
    ]
    with while_one_waits():
        at_stripe.tells(*told)
        row = Subscription.objects.get()
        assert (row.status, row.needs_sync) == ("unpaid", True)
    call_command("reconcile_billing", "--fix")
    row.refresh_from_db()
    assert (row.status, row.needs_sync) == ("active", False)


def test_a_command_may_wait_beside_the_requests(site, shop, at_stripe, stripe, while_one_waits):
    """Only requests are counted: a command's waiting keeps nobody from a page."""

    def reconcile():
        try:
            call_command("reconcile_billing", "--fix")
        finally:
            connection.close()

    at_stripe.member()
    with ThreadPoolExecutor(1) as pool:
        with while_one_waits():
            command = pool.submit(reconcile)
            stripe.wait_for_calls(2)
        command.result()
