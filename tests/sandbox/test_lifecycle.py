"""What becomes of subscriptions as time passes."""

import pytest
import stripe

from tests.sandbox.conftest import DAY

FAILS_LATER = "4000000000000341"
CONFIRM_ALWAYS = "4000002760003184"


def types(sandbox, since):
    return [event["type"] for event in sandbox.events("gazette")[since:]]


def status(api, subscription):
    return api.subscriptions.retrieve(subscription.id).status


def period_end(subscription):
    return subscription["items"].data[0].current_period_end


@pytest.fixture
def failing(subscribe, sandbox):
    """A subscription whose trial ends with a card that fails, on the day that it does."""
    subscription = subscribe(FAILS_LATER, subscription_data={"trial_period_days": 7})
    assert subscription.status == "trialing"
    sandbox.advance_to(subscription.trial_end + 3600)
    return subscription


def test_renewal_is_paid_an_hour_after_the_period_ends(sandbox, api, subscribe):
    subscription = subscribe()
    before = len(sandbox.events("gazette"))
    sandbox.advance_to(period_end(subscription))
    invoice = api.invoices.retrieve(api.subscriptions.retrieve(subscription.id).latest_invoice)
    assert (invoice.status, invoice.billing_reason) == ("draft", "subscription_cycle")
    sandbox.advance(3600)
    assert api.invoices.retrieve(invoice.id).status == "paid"
    assert types(sandbox, before) == [
        "customer.subscription.updated",
        "invoice.created",
        "invoice.finalized",
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice.updated",
        "invoice_payment.paid",
        "invoice.paid",
        "invoice.payment_succeeded",
    ]
    event = sandbox.events("gazette", "customer.subscription.updated")[-1]
    item = event["data"]["previous_attributes"]["items"]["data"][0]
    assert item["current_period_end"] == period_end(subscription)
    assert event["created"] == period_end(subscription)


def test_failed_renewal_is_retried_and_then_canceled(sandbox, api, failing):
    assert status(api, failing) == "past_due"
    invoice = api.invoices.retrieve(api.subscriptions.retrieve(failing.id).latest_invoice)
    assert invoice.attempt_count == 1
    assert invoice.next_payment_attempt == failing.trial_end + 3600 + 3 * DAY
    assert api.customers.retrieve(failing.customer).delinquent
    sandbox.advance(16 * DAY)
    ended = api.subscriptions.retrieve(failing.id)
    assert (ended.status, ended.cancellation_details.reason) == ("canceled", "payment_failed")
    assert len(sandbox.events("gazette", "invoice.payment_failed")) == 4
    assert len(sandbox.events("gazette", "customer.subscription.deleted")) == 1


def test_failed_renewal_may_end_unpaid(sandbox, account, api, failing):
    account.options["after_retries"] = "unpaid"
    sandbox.advance(16 * DAY)
    assert status(api, failing) == "unpaid"
    sandbox.advance(31 * DAY)
    newest = api.invoices.list({"subscription": failing.id}).data[0]
    assert (newest.status, newest.auto_advance) == ("draft", False)


def test_new_card_heals_at_the_next_retry(sandbox, api, failing):
    card = api.payment_methods.attach("pm_card_visa", {"customer": failing.customer})
    api.subscriptions.update(failing.id, {"default_payment_method": card.id})
    assert status(api, failing) == "past_due"
    sandbox.advance(3 * DAY)
    assert status(api, failing) == "active"
    assert not api.customers.retrieve(failing.customer).delinquent
    event = sandbox.events("gazette", "customer.subscription.updated")[-1]
    assert event["data"]["previous_attributes"] == {"status": "past_due"}


def test_paying_the_invoice_heals_at_once(sandbox, api, failing):
    invoice = api.subscriptions.retrieve(failing.id).latest_invoice
    with pytest.raises(stripe.CardError) as caught:
        api.invoices.pay(invoice)
    assert caught.value.code == "card_declined"
    api.invoices.pay(invoice, {"payment_method": "pm_card_visa"})
    assert status(api, failing) == "active"


def test_trying_by_hand_moves_no_retry(api, failing):
    invoice = api.invoices.retrieve(api.subscriptions.retrieve(failing.id).latest_invoice)
    for _ in range(5):
        with pytest.raises(stripe.CardError):
            api.invoices.pay(invoice.id)
    after = api.invoices.retrieve(invoice.id)
    assert after.attempt_count == 1
    assert after.next_payment_attempt == invoice.next_payment_attempt


def test_renewal_that_wants_confirmation(sandbox, api, subscribe):
    subscription = subscribe(CONFIRM_ALWAYS)
    sandbox.advance_to(period_end(subscription) + 3600)
    assert status(api, subscription) == "past_due"
    found = [e["type"] for e in sandbox.events("gazette") if e["type"].startswith("invoice.pay")]
    assert found[-2:] == ["invoice.payment_action_required", "invoice.payment_failed"]


def test_first_payment_that_never_comes_expires(sandbox, api, customer, monthly):
    subscription = api.subscriptions.create(
        {
            "customer": customer.id,
            "items": [{"price": monthly.id}],
            "payment_behavior": "default_incomplete",
        }
    )
    sandbox.advance(22 * 3600)
    assert status(api, subscription) == "incomplete"
    sandbox.advance(2 * 3600)
    assert status(api, subscription) == "incomplete_expired"
    assert api.invoices.retrieve(subscription.latest_invoice).status == "void"


def test_declined_first_payment_by_the_api(sandbox, api, customer, monthly):
    card = api.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer.id})
    wanted = {
        "customer": customer.id,
        "items": [{"price": monthly.id}],
        "default_payment_method": card.id,
    }
    assert api.subscriptions.create(wanted).status == "incomplete"


@pytest.mark.parametrize(
    ("choice", "becomes"),
    [("cancel", "canceled"), ("pause", "paused"), ("create_invoice", "past_due")],
)
def test_trial_ends_without_a_card(sandbox, api, customer, monthly, choice, becomes):
    subscription = api.subscriptions.create(
        {
            "customer": customer.id,
            "items": [{"price": monthly.id}],
            "trial_period_days": 10,
            "trial_settings": {"end_behavior": {"missing_payment_method": choice}},
        }
    )
    sandbox.advance(7 * DAY)
    assert len(sandbox.events("gazette", "customer.subscription.trial_will_end")) == 1
    sandbox.advance(3 * DAY + 3600)
    assert status(api, subscription) == becomes


def test_paused_collection_voids_the_renewal_and_stays_active(sandbox, api, subscribe):
    subscription = subscribe()
    api.subscriptions.update(subscription.id, {"pause_collection": {"behavior": "void"}})
    sandbox.advance_to(period_end(subscription) + 3600)
    assert status(api, subscription) == "active"
    assert api.invoices.list({"subscription": subscription.id}).data[0].status == "void"


def test_canceled_at_period_end_keeps_running_until_then(sandbox, api, subscribe):
    subscription = subscribe()
    changed = api.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    assert changed.cancel_at == period_end(subscription)
    sandbox.advance_to(period_end(subscription) - 1)
    assert status(api, subscription) == "active"
    sandbox.advance(1)
    assert status(api, subscription) == "canceled"
    assert len(api.invoices.list({"subscription": subscription.id}).data) == 1


def test_bank_debit_settles_days_later(sandbox, api, subscribe):
    subscription = subscribe(bank="000123456789")
    assert subscription.status == "incomplete"
    sandbox.advance(5 * DAY)
    assert status(api, subscription) == "active"
    assert sandbox.events("gazette", "checkout.session.async_payment_succeeded")


def test_bank_debit_that_bounces(sandbox, api, subscribe):
    subscription = subscribe(bank="000222222227")
    sandbox.advance(5 * DAY)
    assert status(api, subscription) == "incomplete_expired"
    session = api.checkout.sessions.list({"subscription": subscription.id}).data[0]
    assert session.payment_status == "unpaid"
    assert sandbox.events("gazette", "checkout.session.async_payment_failed")
