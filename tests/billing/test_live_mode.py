"""Who tried a tenant out with test keys is a reader like any other, once it takes real money (R28)."""

import pytest
import stripe
from allauth.account.signals import email_changed

from billing.models import BillingSettings, CheckoutSession, Customer, Subscription
from billing.subscriptions.account_deletion import charged_to
from membership.models import User
from tests.selling import make_price, remember_price


@pytest.fixture(params=["both keys", "a secret key alone"])
def tester(request, reader, site, shop, buy, sandbox, django_capture_on_commit_callbacks):
    """The browser of one who bought Pro with a test card, at a tenant that has gone live since."""
    buy(reader, shop)
    shop.live = stripe.StripeClient(
        shop.account.live_secret_key, base_addresses={"api": sandbox.url}
    )
    product = shop.live.v1.products.create({"name": "The Courier Pro"})
    monthly = make_price(shop.live, product, 900, "month")
    remember_price(site, monthly)
    live = BillingSettings.objects.get(site=site)
    both = request.param == "both keys"
    live.publishable_key = shop.account.live_publishable_key if both else ""
    live.secret_key = shop.account.live_secret_key
    live.monthly_price_id, live.annual_price_id = monthly.id, ""
    with django_capture_on_commit_callbacks(execute=True):
        live.save()
    assert Subscription.objects.get().status == "active"
    return reader


def test_R28_he_is_offered_pro_and_led_to_the_checkout(tester, shop):
    assert "Subscribe by the month" in tester.get("/pro/").content.decode()
    answer = tester.post("/account/billing/checkout/", {"plan": "monthly"})
    [session] = shop.live.v1.checkout.sessions.list().data
    assert answer.headers["Location"] == session.url


def test_R28_his_account_speaks_of_no_subscription(tester):
    page = tester.get("/account/").content.decode()
    assert "Become a Pro member" in page
    assert "Update card" not in page


def test_R28_what_he_tried_takes_no_free_days_from_him(tester):
    BillingSettings.objects.update(trial_days=7)
    assert "7 days free" in tester.get("/pro/").content.decode()


def test_R28_no_payment_of_the_test_is_on_its_way(tester, person, site):
    CheckoutSession.objects.create(
        site=site, user=person, customer=Customer.objects.get(), stripe_id="cs_test_pending",
        state="pending",
    )  # fmt: skip
    page = tester.post("/account/billing/ask/").content.decode()
    assert "on its way" not in page
    assert "bought anything here with this account yet" in page


def test_R28_nobody_asks_by_live_keys_for_who_tried(
    tester, person, sandbox, django_capture_on_commit_callbacks
):
    before = len(sandbox.requests())
    tester.post("/account/billing/ask/")
    with django_capture_on_commit_callbacks(execute=True):
        email_changed.send(User, user=person, request=None)
    tester.post("/account/delete/", {"email": person.email})
    assert not User.objects.filter(pk=person.pk).exists()
    assert len(sandbox.requests()) == before


def test_B11_he_can_delete_his_account(tester, person):
    tester.post("/account/billing/checkout/", {"plan": "monthly"})
    tester.post("/account/delete/", {"email": person.email})
    assert not User.objects.filter(pk=person.pk).exists()


def test_B11_nobody_counts_him_among_those_who_are_charged(tester, person, site):
    assert charged_to(person) == []
    person.delete()
    site.delete()


def test_B11_real_money_is_counted_whatever_the_keys_are(tester, shop, site):
    Subscription.objects.update(livemode=True)
    assert Subscription.objects.charged().exists()
    BillingSettings.objects.update(publishable_key=shop.publishable_key)
    assert Subscription.objects.charged().exists()
