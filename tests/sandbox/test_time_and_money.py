"""Prorations, periods, test clocks, refunds: arithmetic that must come out right."""

import time

import pytest
import stripe

from tests.sandbox.conftest import DAY, client_for, price_of


def status(api, subscription):
    return api.subscriptions.retrieve(subscription.id).status


def period_end(subscription):
    return subscription["items"].data[0].current_period_end


def test_same_interval_switch_is_prorated_by_the_second(sandbox, api, product, subscribe):
    subscription = subscribe()
    dearer = api.prices.create(
        {
            "product": product.id,
            "unit_amount": 1500,
            "currency": "usd",
            "recurring": {"interval": "month"},
        }
    )
    item = subscription["items"].data[0]
    half = (item.current_period_end - item.current_period_start) // 2
    sandbox.advance_to(item.current_period_start + half)
    change = {"items": [{"id": item.id, "price": dearer.id}]}
    preview = api.invoices.create_preview(
        {
            "subscription": subscription.id,
            "subscription_details": change | {"proration_behavior": "always_invoice"},
        }
    )
    assert preview.amount_due == 500
    api.subscriptions.update(subscription.id, change)
    assert len(api.invoices.list({"subscription": subscription.id}).data) == 1
    sandbox.advance_to(item.current_period_end + 3600)
    renewal = api.invoices.list({"subscription": subscription.id}).data[0]
    assert [line.amount for line in renewal.lines.data] == [-250, 750, 1500]
    assert renewal.amount_paid == 2000


def test_switch_to_annual_starts_a_new_period_and_bills_at_once(api, sandbox, annual, subscribe):
    subscription = subscribe()
    sandbox.advance(10 * DAY)
    item = subscription["items"].data[0]
    changed = api.subscriptions.update(
        subscription.id, {"items": [{"id": item.id, "price": annual.id}]}
    )
    invoice = api.invoices.retrieve(changed.latest_invoice)
    assert (invoice.status, invoice.billing_reason) == ("paid", "subscription_update")
    assert changed["items"].data[0].current_period_start == sandbox.now()
    assert 4600 < invoice.amount_paid < 4700
    event = sandbox.events("gazette", "customer.subscription.updated")[-1]
    assert {"items", "billing_cycle_anchor"} <= event["data"]["previous_attributes"].keys()


def test_items_are_added_changed_and_removed(api, product, subscribe):
    subscription = subscribe()
    extra = price_of(api, product, 300, "month")
    added = api.subscription_items.create(
        {"subscription": subscription.id, "price": extra.id, "quantity": 2}
    )
    assert api.subscription_items.retrieve(added.id).price.id == extra.id
    api.subscription_items.update(added.id, {"quantity": 3})
    listed = api.subscription_items.list({"subscription": subscription.id}).data
    assert [(item.price.unit_amount, item.quantity) for item in listed] == [(500, 1), (300, 3)]
    assert api.invoices.create_preview({"subscription": subscription.id}).subtotal == 1400 + 900
    assert api.subscription_items.delete(added.id).deleted
    with pytest.raises(stripe.InvalidRequestError, match="at least one active plan"):
        api.subscription_items.delete(listed[0].id)


def test_test_clock_has_a_time_of_its_own(sandbox, api, monthly):
    clock = api.test_helpers.test_clocks.create({"frozen_time": 1_900_000_000})
    customer = api.customers.create({"test_clock": clock.id, "payment_method": "pm_card_visa"})
    card = api.payment_methods.list({"customer": customer.id}).data[0]
    api.customers.update(customer.id, {"invoice_settings": {"default_payment_method": card.id}})
    subscription = api.subscriptions.create(
        {"customer": customer.id, "items": [{"price": monthly.id}]}
    )
    assert subscription.created == 1_900_000_000
    api.test_helpers.test_clocks.advance(clock.id, {"frozen_time": 1_900_000_000 + 32 * DAY})
    assert len(api.invoices.list({"subscription": subscription.id, "status": "paid"}).data) == 2
    assert abs(sandbox.now() - time.time()) < 5
    api.test_helpers.test_clocks.delete(clock.id)
    with pytest.raises(stripe.InvalidRequestError):
        api.customers.retrieve(customer.id)


def test_a_year_of_twenty_subscribers_is_invoiced_month_by_month(sandbox, account, api, monthly):
    for number in range(20):
        customer = api.customers.create(
            {
                "payment_method": "pm_card_visa",
                "invoice_settings": {"default_payment_method": "pm_card_visa"},
                "email": f"{number}@example.com",
            }
        )
        api.subscriptions.create({"customer": customer.id, "items": [{"price": monthly.id}]})
    sandbox.advance(366 * DAY)
    assert len(account.test.table("invoice")) == 20 * 13


def test_month_end_comes_back_to_the_31st(sandbox, api, monthly):
    january_31 = 1_801_353_600
    clock = api.test_helpers.test_clocks.create({"frozen_time": january_31})
    card = {"default_payment_method": "pm_card_visa"}
    customer = api.customers.create(
        {"test_clock": clock.id, "payment_method": "pm_card_visa", "invoice_settings": card}
    )
    subscription = api.subscriptions.create(
        {"customer": customer.id, "items": [{"price": monthly.id}]}
    )
    days = []
    for _ in range(3):
        end = period_end(api.subscriptions.retrieve(subscription.id))
        days.append(time.gmtime(end).tm_mday)
        api.test_helpers.test_clocks.advance(clock.id, {"frozen_time": end})
    assert days == [28, 31, 30]


def test_refund_and_dispute(sandbox, api, subscribe):
    subscription = subscribe()
    payment = api.invoice_payments.list({"invoice": subscription.latest_invoice}).data[0]
    intent = payment.payment.payment_intent
    api.refunds.create({"payment_intent": intent, "amount": 200})
    charge = api.charges.list({"payment_intent": intent}).data[0]
    assert (charge.amount_refunded, charge.refunded) == (200, False)
    assert status(api, subscription) == "active"
    api.payment_intents.create(
        {
            "amount": 100,
            "currency": "usd",
            "payment_method": "pm_card_createDispute",
            "confirm": True,
        }
    )
    assert sandbox.events("gazette", "charge.dispute.created")


def test_modes_are_separate_worlds(sandbox, account, api, customer):
    live = client_for(sandbox, account.live_secret_key)
    live.customers.create({"email": "real@example.com"})
    assert [found.email for found in api.customers.list().data] == ["ada@example.com"]
    assert live.customers.list().data[0].livemode
