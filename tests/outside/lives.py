"""The lives that customers lead at Stripe, each from the first call to the last event.

They are played on the sandbox so that outsiders can judge every object and event that it emits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import stripe

from tests.outside.recorder import Recorder, recording_client
from tests.outside.stage import DAY, Stage, set_stage
from tests.stripe_sandbox.errors import DeclinedError
from tests.stripe_sandbox.payment_methods import replace_automatically
from tests.stripe_sandbox.server import Sandbox

MONTH = 31 * DAY


def play_all(sandbox: Sandbox) -> tuple[Stage, Recorder]:
    """Play every life on a new account; return its stage and what the API answered."""
    account = sandbox.create_account("lives")
    client, recorder = recording_client(sandbox.url, account.secret_key)
    stage = set_stage(sandbox, client, account.secret_key)
    for life in LIVES:
        life(stage)
    return stage, recorder


def renewal(stage: Stage) -> None:
    subscription = stage.subscribe(stage.customer())
    stage.days(32)
    invoices = stage.v1.invoices.list(
        {"subscription": subscription.id, "expand": ["data.payments"]}
    )
    stage.v1.invoices.retrieve(invoices.data[0].id, {"expand": ["customer"]})
    stage.v1.invoice_payments.list({"invoice": invoices.data[0].id})
    stage.v1.subscriptions.retrieve(
        subscription.id, {"expand": ["latest_invoice", "default_payment_method", "customer"]}
    )


def retries_run_out(stage: Stage) -> None:
    customer = stage.customer()
    stage.subscribe(customer)
    stage.card(customer, "pm_card_chargeCustomerFail")
    stage.days(60)


def failed_renewal_is_paid(stage: Stage) -> None:
    customer = stage.customer()
    subscription = stage.subscribe(customer)
    stage.card(customer, "pm_card_chargeCustomerFail")
    stage.days(32)
    method = stage.card(customer, "pm_card_mastercard")
    invoice = stage.v1.subscriptions.retrieve(subscription.id).latest_invoice
    stage.v1.invoices.pay(str(invoice), {"payment_method": method})
    by_cheque = stage.subscribe(stage.customer("pm_card_chargeCustomerFail"))
    stage.v1.invoices.pay(str(by_cheque.latest_invoice), {"paid_out_of_band": True})


def trials(stage: Stage) -> None:
    stage.subscribe(stage.customer(), trial_period_days=7)
    pausing = stage.subscribe(
        stage.customer(card=None), trial_period_days=7,
        trial_settings={"end_behavior": {"missing_payment_method": "pause"}},
    )  # fmt: skip
    stage.subscribe(
        stage.customer(card=None), trial_period_days=2,
        trial_settings={"end_behavior": {"missing_payment_method": "cancel"}},
    )  # fmt: skip
    stage.days(9)
    stage.card(pausing.customer, "pm_card_visa")
    resuming = stage.v1.subscriptions.resume(pausing.id, {"billing_cycle_anchor": {"type": "now"}})
    stage.v1.invoices.pay(str(resuming.latest_invoice))


def declined_and_unconfirmed_first_payments(stage: Stage) -> None:
    stage.subscribe(stage.customer("pm_card_chargeCustomerFail"))
    stage.subscribe(stage.customer("pm_card_threeDSecure2Required"))
    stage.subscribe(stage.customer(), payment_behavior="default_incomplete")
    with_refusal(lambda: stage.customer("pm_card_chargeDeclined"))
    stage.days(1)


def confirmation_at_renewal(stage: Stage) -> None:
    customer = stage.customer()
    stage.subscribe(customer)
    stage.card(customer, "pm_card_threeDSecure2Required")
    stage.days(33)


def plan_switches(stage: Stage) -> None:
    customer = stage.customer()
    subscription = stage.subscribe(customer)
    item = subscription["items"].data[0].id
    stage.v1.invoices.create_preview(
        {"customer": customer, "subscription": subscription.id,
         "subscription_details": {"items": [{"id": item, "price": stage.annual}]}}
    )  # fmt: skip
    stage.days(10)
    stage.v1.subscriptions.update(
        subscription.id,
        {"items": [{"id": item, "price": stage.annual}], "proration_behavior": "always_invoice"},
    )
    stage.days(5)
    stage.v1.subscriptions.update(
        subscription.id, {"items": [{"id": item, "price": stage.monthly}]}
    )
    stage.v1.subscription_items.list({"subscription": subscription.id})
    stage.days(40)


def cancellations(stage: Stage) -> None:
    at_end = stage.subscribe(stage.customer())
    stage.v1.subscriptions.update(at_end.id, {"cancel_at_period_end": True})
    stage.v1.subscriptions.update(at_end.id, {"cancel_at_period_end": False})
    stage.v1.subscriptions.update(
        at_end.id,
        {"cancel_at_period_end": True, "cancellation_details": {"feedback": "too_expensive"}},
    )
    at_once = stage.subscribe(stage.customer(), metadata={"site": "courier"})
    stage.v1.subscriptions.cancel(at_once.id, {"cancellation_details": {"comment": "Goodbye"}})
    term = stage.subscribe(stage.customer())
    stage.v1.subscriptions.update(term.id, {"cancel_at": stage.sandbox.now() + 45 * DAY})
    gone = stage.customer()
    stage.subscribe(gone)
    stage.v1.customers.delete(gone)
    stage.v1.customers.retrieve(gone)
    stage.days(32)


def pauses(stage: Stage) -> None:
    subscription = stage.subscribe(stage.customer())
    stage.v1.subscriptions.update(
        subscription.id, {"pause_collection": {"behavior": "keep_as_draft"}}
    )
    stage.days(32)
    stage.v1.subscriptions.update(subscription.id, {"pause_collection": ""})
    stage.v1.subscriptions.pause(subscription.id)
    stage.v1.subscriptions.resume(
        subscription.id, {"payment_behavior": "resume_on_payment_success"}
    )


def checkouts(stage: Stage) -> None:
    known = stage.customer(card=None)
    paid = stage.checkout(known, client_reference_id="7", metadata={"site": "1"})
    stage.sandbox.pay_checkout(paid.id)
    stage.v1.checkout.sessions.retrieve(
        paid.id, {"expand": ["subscription", "subscription.latest_invoice", "line_items"]}
    )
    confirmed = stage.checkout(customer_email="grace@example.com", allow_promotion_codes=True)
    stage.sandbox.pay_checkout(confirmed.id, "4000002500003155", code="WELCOME")
    for collection in ("always", "if_required"):
        trial = stage.checkout(
            stage.customer(card=None),
            subscription_data={"trial_period_days": 14},
            payment_method_collection=collection,
        )
        stage.sandbox.pay_checkout(trial.id)
    for account in ("000123456789", "000000000009"):
        debit = stage.checkout(stage.customer(card=None))
        stage.sandbox.pay_checkout(debit.id, bank=account)
    stage.v1.checkout.sessions.expire(stage.checkout(known).id)
    stage.checkout(known)
    declined = stage.checkout(known)
    with_refusal(lambda: stage.sandbox.pay_checkout(declined.id, "4000000000000002"))
    stage.days(6)


def portal(stage: Stage) -> None:
    customer = stage.customer()
    subscription = stage.subscribe(customer)
    configuration = stage.v1.billing_portal.configurations.create(
        {
            "features": {
                "invoice_history": {"enabled": True},
                "payment_method_update": {"enabled": True},
                "subscription_cancel": {"enabled": True, "mode": "at_period_end"},
            }
        }
    )
    stage.v1.billing_portal.configurations.update(configuration.id, {"active": False})
    for flow in (
        {"type": "payment_method_update"},
        {"type": "subscription_cancel", "subscription_cancel": {"subscription": subscription.id}},
    ):
        stage.v1.billing_portal.sessions.create(
            {"customer": customer, "return_url": "https://courier.example/", "flow_data": flow}
        )


def money_back(stage: Stage) -> None:
    customer = stage.customer()
    stage.subscribe(customer)
    charge = stage.v1.charges.list({"customer": customer}).data[0]
    stage.v1.refunds.create({"charge": charge.id, "amount": 300})
    stage.v1.refunds.create({"charge": charge.id})
    stage.subscribe(stage.customer("pm_card_createDispute"))
    stage.v1.payment_intents.create(
        {"amount": 100, "currency": "usd", "payment_method": "pm_card_createDisputeInquiry",
         "confirm": True, "allowed_payment_method_types": ["card"]}
    )  # fmt: skip


def discounts(stage: Stage) -> None:
    coupon = stage.v1.coupons.create({"percent_off": 20, "duration": "repeating",
                                      "duration_in_months": 2})  # fmt: skip
    stage.v1.promotion_codes.create(
        {"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "WELCOME"}
    )
    stage.subscribe(stage.customer(), discounts=[{"coupon": coupon.id}])
    stage.days(70)


def invoices_by_hand(stage: Stage) -> None:
    customer = stage.customer()
    stage.v1.invoice_items.create({"customer": customer, "amount": 2000, "currency": "usd"})
    made = stage.v1.invoices.create(
        {"customer": customer, "pending_invoice_items_behavior": "include"}
    )
    stage.v1.invoices.update(made.id, {"description": "A mug"})
    stage.v1.invoices.pay(made.id)


def cards(stage: Stage) -> None:
    customer = stage.customer()
    method = stage.card(customer, "pm_card_amex")
    stage.v1.payment_methods.update(method, {"card": {"exp_month": 3, "exp_year": 2041}})
    world = stage.sandbox.world_for(stage.key)
    replace_automatically(world, world.get("payment_method", method), "4444")
    stage.v1.payment_methods.detach(method)
    stage.v1.payment_methods.list({"customer": customer})
    stage.v1.setup_intents.create(
        {"customer": customer, "payment_method": "pm_card_visa", "confirm": True}
    )


def test_clock(stage: Stage) -> None:
    now = stage.sandbox.now()
    clock = stage.v1.test_helpers.test_clocks.create({"frozen_time": now, "name": "a year"})
    stage.subscribe(stage.customer(test_clock=clock.id))
    for months in range(1, 14):
        stage.v1.test_helpers.test_clocks.advance(clock.id, {"frozen_time": now + months * MONTH})
    stage.v1.test_helpers.test_clocks.delete(clock.id)
    stage.v1.test_helpers.test_clocks.create({"frozen_time": now})


def endpoints(stage: Stage) -> None:
    made = stage.v1.webhook_endpoints.create(
        {"url": "https://courier.example/hook", "enabled_events": ["invoice.paid"],
         "api_version": stripe.api_version, "description": "KrateCMS"}
    )  # fmt: skip
    stage.v1.webhook_endpoints.update(made.id, {"disabled": True})
    stage.v1.webhook_endpoints.delete(made.id)
    stage.v1.webhook_endpoints.create({"url": "https://courier.example/", "enabled_events": ["*"]})


def with_refusal(call: Callable[[], Any]) -> None:
    """A card that is declined, by the API or on the hosted page: the answer is judged too."""
    with pytest.raises((stripe.CardError, DeclinedError)):
        call()


LIVES: list[Callable[[Stage], None]] = [
    test_clock, discounts, renewal, retries_run_out, failed_renewal_is_paid, trials,
    declined_and_unconfirmed_first_payments, confirmation_at_renewal, plan_switches,
    cancellations, pauses, checkouts, portal, money_back, invoices_by_hand, cards,
    endpoints,
]  # fmt: skip
