"""Deleting an account: what could still be charged is ended at Stripe first, or nothing is (rule B11)."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from billing.models import CheckoutSession, Customer, Subscription
from billing.provider import StripeProvider
from billing.subscriptions.account_deletion import end_checkout
from billing.tenant_billing import load_tenant
from membership.billing_provider import register_billing_provider
from membership.models import Membership
from tests.billing.at_checkout import choose, sessions_at_stripe
from tests.billing.at_stripe import GOOD_CARD, AtStripe
from tests.clients import TenantClient


def test_B11_deleting_the_account_cancels_at_stripe_first(reader, person, shop, buy):
    buy(reader, shop)
    delete(reader, person)
    assert [s.status for s in shop.stripe.v1.subscriptions.list({"status": "all"})] == ["canceled"]
    assert not get_user_model().objects.filter(pk=person.pk).exists()


@pytest.mark.parametrize("answer", [500, "hang_up"])
def test_B11_nothing_is_deleted_while_stripe_is_down(reader, person, shop, sandbox, buy, answer):
    buy(reader, shop)
    sandbox.mischief(answer=answer)
    page = delete(reader, person).content.decode()
    assert "nothing was deleted" in page
    assert get_user_model().objects.filter(pk=person.pk).exists()


def test_B11_what_was_cancelled_at_stripe_meanwhile_keeps_nobody(reader, person, shop, buy):
    buy(reader, shop)
    shop.stripe.v1.subscriptions.cancel(shop.stripe.v1.subscriptions.list().data[0].id)
    delete(reader, person)
    assert not get_user_model().objects.filter(pk=person.pk).exists()


def test_B11_what_was_never_told_here_is_cancelled_too(reader, person, shop, sandbox, relay):
    """The checkout's end was told, its subscription wasn't yet; another one was made by hand."""
    reader.post("/account/billing/checkout/", {"plan": "annual"})
    session = shop.stripe.v1.checkout.sessions.list().data[0]
    sandbox.pay_checkout(session.id)
    relay(shop, only="checkout.session.completed")
    AtStripe(shop, sandbox).use_card(session.customer, GOOD_CARD)
    shop.stripe.v1.subscriptions.create(
        {"customer": session.customer, "items": [{"price": shop.monthly.id}]}
    )
    assert not Subscription.objects.exists()
    delete(reader, person)
    statuses = [s.status for s in shop.stripe.v1.subscriptions.list({"status": "all"})]
    assert statuses == ["canceled", "canceled"]
    assert not get_user_model().objects.filter(pk=person.pk).exists()


@pytest.mark.parametrize("secret_key", ["", "sk_test_revoked0123456789"])
def test_B11_whoever_owes_nothing_leaves_a_tenant_whose_keys_serve_no_more(
    reader, person, site, shop, secret_key
):
    Customer.objects.create(site=site, user=person, stripe_id="cus_1")
    shop.settings.secret_key = secret_key
    shop.settings.save()
    delete(reader, person)
    assert not get_user_model().objects.filter(pk=person.pk).exists()


def test_B11_an_open_checkout_cannot_be_paid_after_the_account_is_gone(reader, person, shop):
    reader.post("/account/billing/checkout/", {"plan": "annual"})
    delete(reader, person)
    assert [s.status for s in shop.stripe.v1.checkout.sessions.list()] == ["expired"]


def test_B11_a_checkout_that_was_made_since_it_was_looked_up_is_closed_at_stripe(
    reader, site, shop
):
    reader.post("/account/billing/checkout/", {"plan": "annual"})
    session = CheckoutSession.objects.get()
    session.stripe_id = ""  # as it was a moment ago, while Stripe was still making it
    end_checkout(load_tenant(site), session)
    assert [s.status for s in shop.stripe.v1.checkout.sessions.list()] == ["expired"]


@pytest.mark.parametrize("secret_key", ["", "sk_test_revoked0123456789"])
def test_B11_a_checkout_that_ran_out_keeps_nobody_where_keys_serve_no_more(
    reader, person, shop, secret_key
):
    choose(reader)
    CheckoutSession.objects.update(expires_at=timezone.now() - timedelta(days=90))
    shop.settings.secret_key = secret_key
    shop.settings.save()
    delete(reader, person)
    assert not get_user_model().objects.filter(pk=person.pk).exists()


def test_B11_a_checkout_begun_in_another_window_while_one_leaves_is_closed_by_the_next_try(
    reader, person, site, shop, meanwhile
):
    other = TenantClient()
    other.speak_to(site)

    def begin():
        other.force_login(person)
        choose(other)

    meanwhile(begin)
    assert "nothing was deleted" in delete(reader, person).content.decode()
    assert sessions_at_stripe(shop, "open")
    meanwhile(lambda: None)
    assert "account is deleted" in delete(reader, person).content.decode()
    assert not sessions_at_stripe(shop, "open")


def test_B11_a_subscription_told_while_one_leaves_is_cancelled_by_the_next_try(
    reader, person, site, shop, sandbox, relay, meanwhile
):
    def pay():
        choose(reader)
        sandbox.pay_checkout(sessions_at_stripe(shop)[0].id)
        relay(shop)

    meanwhile(pay)
    assert "nothing was deleted" in delete(reader, person).content.decode()
    assert Membership.objects.get(user=person).is_pro
    meanwhile(lambda: None)
    assert "account is deleted" in delete(reader, person).content.decode()
    (cancelled,) = shop.stripe.v1.subscriptions.list({"status": "all"}).data
    assert cancelled.status == "canceled"


class SlowProvider(StripeProvider):
    """Something happens after Stripe was asked to cancel, and before the account is deleted."""

    def __init__(self, meanwhile):
        self.meanwhile = meanwhile

    def before_account_deletion(self, user):
        super().before_account_deletion(user)
        self.meanwhile()


@pytest.fixture
def meanwhile():
    yield lambda act: register_billing_provider(SlowProvider(act))
    register_billing_provider(StripeProvider())


def delete(reader, person):
    person.set_password("leaving-now-42")
    person.save()
    reader.force_login(person)
    return reader.post(
        "/account/delete/", {"password": "leaving-now-42", "confirm": "on", "email": person.email}
    )
