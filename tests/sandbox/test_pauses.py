"""Pausing and resuming: https://docs.stripe.com/billing/subscriptions/pause"""

import pytest
import requests
import stripe

from tests.sandbox.conftest import DAY

CHARGING = {"payment_behavior": "resume_on_payment_success"}
GOOD_CARD = {"card_number": "4242424242424242", "expiry": "12/40", "cvc": "123", "name": "Ada"}


@pytest.fixture
def paused(sandbox, api, subscribe):
    """A subscription with a good card that was paused forty days ago."""
    subscription = api.subscriptions.pause(subscribe().id)
    sandbox.advance(40 * DAY)
    return subscription


def put_card(api, subscription, card):
    attached = api.payment_methods.attach(card, {"customer": subscription.customer})
    api.subscriptions.update(subscription.id, {"default_payment_method": attached.id})


def status(api, subscription):
    return api.subscriptions.retrieve(subscription.id).status


def newest_invoice(api, subscription):
    return api.invoices.list({"subscription": subscription.id}).data[0]


def test_pausing_ends_the_period_and_says_why(sandbox, api, subscribe):
    subscription = subscribe()
    sandbox.advance(3 * DAY)
    paused = api.subscriptions.pause(subscription.id)
    assert (paused.status, paused.status_details.paused.type) == ("paused", "subscription")
    assert paused["items"].data[0].current_period_end == sandbox.now()
    sandbox.advance(70 * DAY)
    assert len(api.invoices.list({"subscription": subscription.id}).data) == 1


def test_a_trial_is_not_paused(api, subscribe):
    trial = subscribe(subscription_data={"trial_period_days": 7})
    with pytest.raises(stripe.InvalidRequestError, match="active"):
        api.subscriptions.pause(trial.id)


def test_resuming_charges_nothing_by_default_and_stays_paused(sandbox, api, paused):
    charges = len(api.charges.list().data)
    resumed = api.subscriptions.resume(paused.id)
    invoice = newest_invoice(api, paused)
    assert (resumed.status, resumed.latest_invoice) == ("paused", invoice.id)
    assert (invoice.status, invoice.attempt_count, invoice.amount_due) == ("open", 0, 500)
    sandbox.advance(DAY // 2)
    assert len(api.charges.list().data) == charges
    assert not sandbox.events("gazette", "customer.subscription.resumed")


def test_paying_its_invoice_resumes_into_a_new_period(sandbox, api, paused):
    asked_at = sandbox.now()
    api.subscriptions.resume(paused.id)
    assert api.invoices.pay(newest_invoice(api, paused).id).status == "paid"
    resumed = api.subscriptions.retrieve(paused.id)
    assert resumed.status == "active"
    assert resumed["items"].data[0].current_period_start >= asked_at
    assert len(sandbox.events("gazette", "customer.subscription.resumed")) == 1


def test_its_invoice_is_voided_after_23_hours(sandbox, api, paused):
    api.subscriptions.resume(paused.id)
    sandbox.advance(DAY)
    assert (newest_invoice(api, paused).status, status(api, paused)) == ("void", "paused")
    assert api.subscriptions.resume(paused.id, CHARGING).status == "active"


def test_a_failed_attempt_makes_it_past_due_by_default(api, paused):
    put_card(api, paused, "pm_card_chargeCustomerFail")
    api.subscriptions.resume(paused.id)
    invoice = newest_invoice(api, paused)
    with pytest.raises(stripe.CardError):
        api.invoices.pay(invoice.id)
    assert status(api, paused) == "past_due"
    assert api.invoices.retrieve(invoice.id).next_payment_attempt is None


def test_resume_on_payment_success_charges_at_once(sandbox, api, paused):
    resumed = api.subscriptions.resume(paused.id, CHARGING)
    assert resumed.status == "active"
    assert resumed["items"].data[0].current_period_start == sandbox.now()
    assert newest_invoice(api, paused).status == "paid"
    assert sandbox.events("gazette", "customer.subscription.resumed")


def test_resume_on_payment_success_stays_paused_when_declined_and_is_tried_again(
    sandbox, api, paused
):
    put_card(api, paused, "pm_card_chargeCustomerFail")
    assert api.subscriptions.resume(paused.id, CHARGING).status == "paused"
    invoice = newest_invoice(api, paused)
    assert (invoice.status, invoice.attempt_count) == ("open", 1)
    put_card(api, paused, "pm_card_visa")
    sandbox.advance(4 * DAY)
    assert status(api, paused) == "active"


def test_resume_on_payment_success_needs_a_card(sandbox, api, customer, monthly):
    subscription = api.subscriptions.create(
        {
            "customer": customer.id,
            "items": [{"price": monthly.id}],
            "trial_period_days": 10,
            "trial_settings": {"end_behavior": {"missing_payment_method": "pause"}},
        }
    )
    sandbox.advance(11 * DAY)
    with pytest.raises(stripe.InvalidRequestError, match="no attached payment source"):
        api.subscriptions.resume(subscription.id, CHARGING)
    api.subscriptions.resume(subscription.id)
    page = newest_invoice(api, subscription).hosted_invoice_url
    assert requests.post(page, data=GOOD_CARD, timeout=5).status_code == 200
    assert status(api, subscription) == "active"


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"payment_behavior": "allow_incomplete"}, "payment_behavior"),
        ({"billing_cycle_anchor": "now"}, "billing_cycle_anchor"),
        ({"billing_cycle_anchor": {"type": "unchanged"}}, "billing_cycle_anchor[type]"),
    ],
)
def test_other_ways_to_resume_are_refused(api, paused, params, param):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        api.subscriptions.resume(paused.id, params)
    assert caught.value.param == param


def test_only_what_is_paused_is_resumed(api, subscribe):
    with pytest.raises(stripe.InvalidRequestError, match="not paused"):
        api.subscriptions.resume(subscribe().id, CHARGING)


def test_no_second_resumption_while_the_first_ones_invoice_is_open(api, paused):
    api.subscriptions.resume(paused.id)
    with pytest.raises(stripe.InvalidRequestError, match="open"):
        api.subscriptions.resume(paused.id, CHARGING)


def test_an_owner_may_pause_after_the_last_retry_and_paying_that_resumes_nothing(
    sandbox, api, subscribe
):
    sandbox.create_account("gazette", after_retries="pause", retry_days=[])
    subscription = subscribe()
    put_card(api, subscription, "pm_card_chargeCustomerFail")
    sandbox.advance(32 * DAY)
    paused = api.subscriptions.retrieve(subscription.id)
    assert paused.status == "paused"
    assert paused.status_details.paused.subscription.type == "final_payment_failure"
    put_card(api, subscription, "pm_card_visa")
    api.invoices.pay(newest_invoice(api, subscription).id)
    assert status(api, subscription) == "paused"
