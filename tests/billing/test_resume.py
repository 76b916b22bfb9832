"""A member resumes a paused subscription: what is said is what Stripe did (R25; rules B7, B8, W5).

https://docs.stripe.com/billing/subscriptions/pause#resume-subscriptions
"""

import random

import pytest
import requests
from django.urls import reverse

from billing.models import Subscription
from billing.webhooks import EVENT_TYPES
from membership.models import Membership
from tests.billing.stripe_objects import DAY, deliver
from tests.billing.terms import page_of
from tests.clients import TenantClient
from tests.selling import WEBHOOK_SECRET

CARD = {"card_number": "4242424242424242", "expiry": "12/40", "cvc": "123", "name": "Ada"}
GOES_ON = "Your subscription goes on"


@pytest.fixture
def trial_without_card(reader, shop, sandbox, relay):
    """The person's browser, whose trial ended without a card."""
    reader.post("/account/billing/checkout/", {"plan": "monthly"})
    (session,) = shop.stripe.v1.checkout.sessions.list().data
    shop.stripe.v1.checkout.sessions.expire(session.id)
    shop.stripe.v1.subscriptions.create(
        {
            "customer": session.customer,
            "items": [{"price": shop.monthly.id}],
            "trial_period_days": 7,
            "trial_settings": {"end_behavior": {"missing_payment_method": "pause"}},
        }
    )
    sandbox.advance(8 * 86400)
    relay(shop)
    return reader


def use_card(shop, card):
    """Have everything charged to another card."""
    row = Subscription.objects.get()
    method = shop.stripe.v1.payment_methods.attach(card, {"customer": row.customer.stripe_id})
    shop.stripe.v1.subscriptions.update(row.stripe_id, {"default_payment_method": method.id})


def pay(invoice_page):
    assert requests.post(invoice_page, data=CARD, timeout=30).ok


def press(reader):
    return reader.post(reverse("billing_resume"))


def at_stripe(shop):
    return shop.stripe.v1.subscriptions.retrieve(Subscription.objects.get().stripe_id)


def invoices(shop, status):
    return shop.stripe.v1.invoices.list({"status": status}).data


def test_R25_what_resuming_costs_is_said_before_and_charged_once(paused, shop, relay):
    assert "Resuming starts a new period at once: €9.00 is due now." in page_of(paused)
    assert press(paused).headers["Location"] == "/account/#billing"
    assert at_stripe(shop).status == "active"
    assert [invoice.amount_paid for invoice in invoices(shop, "paid")] == [900, 900]
    page = page_of(paused)
    assert GOES_ON in page
    assert "<dt>Next charge</dt>" in page
    assert Membership.objects.get().is_pro
    relay(shop)
    assert Membership.objects.get().is_pro


def test_a_second_click_charges_nothing(paused, shop):
    press(paused)
    press(paused)
    assert GOES_ON in page_of(paused)
    assert len(invoices(shop, "paid")) == 2
    assert not invoices(shop, "open")


@pytest.mark.parametrize("card", ["pm_card_chargeCustomerFail", "pm_card_threeDSecure2Required"])
def test_whose_payment_fails_is_led_to_the_invoice_and_not_told_that_it_goes_on(
    paused, shop, relay, card
):
    use_card(shop, card)
    led_to = press(paused)
    (invoice,) = invoices(shop, "open")
    assert (led_to.status_code, led_to.headers["Location"]) == (303, invoice.hosted_invoice_url)
    assert invoice.amount_due == 900
    assert at_stripe(shop).status == "paused"
    for _ in range(2):
        page = page_of(paused)
        assert GOES_ON not in page
        assert "Your Pro membership is paused" in page
        assert "An invoice of €9.00 is to be paid first." in page
        assert "Pay now" in page
        assert "Resume the subscription" not in page
        assert not Membership.objects.get().is_pro
        relay(shop)


def test_the_invoice_is_offered_again_and_no_second_one_is_made(paused, shop):
    use_card(shop, "pm_card_chargeCustomerFail")
    first = press(paused).headers["Location"]
    assert press(paused).headers["Location"] == first
    assert paused.post(reverse("billing_pay")).headers["Location"] == first
    assert paused.post(reverse("billing_ask")).content.decode().count("Pay now") == 1
    assert len(invoices(shop, "open")) == 1


def test_paying_that_invoice_makes_the_member_pro_again(paused, shop, relay):
    use_card(shop, "pm_card_chargeCustomerFail")
    invoice_page = press(paused).headers["Location"]
    pay(invoice_page)
    relay(shop)
    assert at_stripe(shop).status == "active"
    assert Membership.objects.get().is_pro
    assert "<dt>Next charge</dt>" in page_of(paused)
    assert press(paused).headers["Location"] == "/account/#billing"
    assert len(invoices(shop, "paid")) == 2


def test_a_trial_that_ended_without_a_card_is_resumed_on_the_invoices_page(
    trial_without_card, shop, relay
):
    page = page_of(trial_without_card)
    assert "Your Pro membership is paused" in page
    assert "€9.00 is due now" in page
    invoice_page = press(trial_without_card).headers["Location"]
    (invoice,) = invoices(shop, "open")
    assert invoice_page == invoice.hosted_invoice_url
    assert press(trial_without_card).headers["Location"] == invoice_page
    pay(invoice_page)
    relay(shop)
    assert Membership.objects.get().is_pro
    assert "Pro, monthly" in page_of(trial_without_card)


def test_who_gave_a_card_meanwhile_is_charged_by_one_click(trial_without_card, shop):
    use_card(shop, "pm_card_visa")
    press(trial_without_card)
    assert GOES_ON in page_of(trial_without_card)
    assert Membership.objects.get().is_pro


def test_an_invoice_that_was_voided_makes_room_for_another_one(trial_without_card, shop, sandbox):
    first = press(trial_without_card).headers["Location"]
    sandbox.advance(86400)
    assert not invoices(shop, "open")
    second = press(trial_without_card).headers["Location"]
    (invoice,) = invoices(shop, "open")
    assert second == invoice.hosted_invoice_url != first


def test_what_a_failed_payment_paused_is_paid_before_a_new_period_begins(
    reader, shop, buy, relay, sandbox
):
    """The owner has Stripe pause what couldn't be charged; the invoice stays to be paid."""
    sandbox.create_account("courier", after_retries="pause", retry_days=[])
    buy(reader, shop, "monthly")
    use_card(shop, "pm_card_chargeCustomerFail")
    sandbox.advance(32 * 86400)
    relay(shop)
    assert "An invoice of €9.00 is to be paid first." in page_of(reader)
    (owed,) = invoices(shop, "open")
    assert press(reader).headers["Location"] == owed.hosted_invoice_url
    assert invoices(shop, "open") == [owed]
    pay(owed.hosted_invoice_url)
    relay(shop)
    assert "Resuming starts a new period at once: €9.00 is due now." in page_of(reader)
    use_card(shop, "pm_card_visa")
    press(reader)
    assert GOES_ON in page_of(reader)
    assert len(invoices(shop, "paid")) == 3


@pytest.mark.parametrize(("days", "stays"), [(10, False), (400, True)], ids=["soon", "a term"])
def test_B6_what_a_paused_one_was_cancelled_to_is_taken_back_and_a_fixed_term_stays(
    paused, shop, relay, sandbox, days, stays
):
    end = sandbox.now() + days * DAY
    shop.stripe.v1.subscriptions.update(Subscription.objects.get().stripe_id, {"cancel_at": end})
    relay(shop)
    press(paused)
    assert GOES_ON in page_of(paused)
    # A click from a page that another tab has outdated says nothing of the term.
    press(paused)
    found = at_stripe(shop)
    assert (found.status, found.cancel_at) == ("active", end if stays else None)


def test_taking_back_the_cancellation_of_what_is_owed_is_not_called_going_on(
    reader, shop, buy, relay, sandbox
):
    buy(reader, shop, "monthly")
    use_card(shop, "pm_card_chargeCustomerFail")
    sandbox.advance(32 * 86400)
    relay(shop)
    shop.stripe.v1.subscriptions.update(
        Subscription.objects.get().stripe_id, {"cancel_at_period_end": True}
    )
    relay(shop)
    press(reader)
    page = page_of(reader)
    assert GOES_ON not in page
    assert "Your subscription is waiting for its payment. You can pay it here." in page
    assert not at_stripe(shop).cancel_at_period_end


@pytest.mark.parametrize("seed", range(6))
def test_W5_the_events_of_a_resumption_in_any_order_make_the_member_pro(
    paused, site, shop, sandbox, seed
):
    """Declined first, then paid on the invoice's page: failed, paid, resumed, updated."""
    before = {event["id"] for event in sandbox.events(shop.account)}
    use_card(shop, "pm_card_chargeCustomerFail")
    sandbox.advance(1)
    invoice_page = press(paused).headers["Location"]
    sandbox.advance(60)
    pay(invoice_page)
    told = [
        event
        for event in sandbox.events(shop.account)
        if event["id"] not in before and event["type"] in EVENT_TYPES
    ]
    types = {event["type"] for event in told}
    assert types >= {"customer.subscription.resumed", "invoice.paid", "invoice.payment_failed"}
    random.Random(seed).shuffle(told)
    for event in told:
        assert deliver(TenantClient(), site, event, secret=WEBHOOK_SECRET).status_code == 200
    assert Subscription.objects.get().status == "active"
    assert Membership.objects.get().standing == "pro"
    assert Membership.objects.get().is_pro
