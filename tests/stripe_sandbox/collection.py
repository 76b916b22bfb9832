"""Collecting an open invoice: https://docs.stripe.com/billing/revenue-recovery/smart-retries"""

from typing import Any

from . import cancellation, invoices, pauses, payments
from .payment_methods import FAILING_ACCOUNTS, Outcome
from .periods import DAY
from .world import Object, World


def payment_method_for(world: World, owner: Object) -> Object | None:
    """The subscription's own default, else the customer's."""
    customer: Any = world.find("customer", owner["customer"]) or {}
    settings = customer.get("invoice_settings") or {}
    for id in (owner["default_payment_method"], settings.get("default_payment_method")):
        found = world.find("payment_method", id)
        if found and found["customer"] == owner["customer"]:
            return found
    return None


def finalize(world: World, invoice: Object) -> None:
    """And collect it, where it asks for anything."""
    invoices.finalize(world, invoice)
    if invoice["status"] == "open":
        collect(world, invoice)
    else:
        became_active(world, invoice)


def finalize_only(world: World, invoice: Object) -> None:
    """And leave the paying to somebody else: nothing is charged, now or later."""
    invoices.finalize(world, invoice)
    if invoice["status"] == "open":
        world.change(invoice, auto_advance=False)
    else:
        became_active(world, invoice)


def collect(
    world: World, invoice: Object, payment_method: Object | None = None, *,
    confirmed: bool = False, by_hand: bool = False,
) -> Outcome | None:  # fmt: skip
    """One attempt."""
    subscription = invoices.subscription_of(world, invoice)
    method = payment_method or payment_method_for(world, subscription or invoice)
    intent = world.get("payment_intent", invoice["_intent"])
    outcome = payments.attempt(world, intent, method, confirmed=confirmed) if method else None
    if outcome == "succeeded":
        succeeded(world, invoice)
    elif outcome == "processing":
        tried = invoice["attempt_count"] + 1
        world.change(invoice, attempted=True, attempt_count=tried, next_payment_attempt=None)
    else:
        failed(world, invoice, outcome, by_hand=by_hand)
    return outcome


def settle_outside(world: World, invoice: Object) -> None:
    """Paid by cheque, say: https://docs.stripe.com/api/invoices/pay (paid_out_of_band)."""
    invoices.cancel_intent(world, invoice, "abandoned")
    for payment in world.all("invoice_payment", invoice=invoice["id"], status="open"):
        payment["status"] = "canceled"
        payment["status_transitions"]["canceled_at"] = world.time_for(invoice)
    settled(world, invoice)


def succeeded(world: World, invoice: Object) -> None:
    invoice["attempt_count"] += 1
    settled(world, invoice)


def settled(world: World, invoice: Object) -> None:
    invoices.mark_paid(world, invoice)
    became_active(world, invoice)
    customer: Any = world.find("customer", invoice["customer"])
    open_ones = world.all("invoice", customer=invoice["customer"], status="open")
    if customer and customer.get("delinquent") and not any(i["attempted"] for i in open_ones):
        world.change(customer, delinquent=False)


def became_active(world: World, invoice: Object) -> None:
    """Paying its latest invoice heals a subscription; an older one doesn't."""
    subscription = invoices.subscription_of(world, invoice)
    if subscription and pauses.resumes(subscription, invoice):
        pauses.go_on(world, subscription)
    heals = subscription and subscription["latest_invoice"] == invoice["id"]
    if heals and subscription["status"] in ("incomplete", "past_due", "unpaid"):
        world.change(subscription, status="active")


def failed(world: World, invoice: Object, outcome: Outcome | None, *, by_hand: bool) -> None:
    """An attempt by hand counts only if it is the first, and moves no retry.

    https://docs.stripe.com/api/invoices/object#invoice_object-attempt_count
    """
    subscription = invoices.subscription_of(world, invoice)
    first = invoice["billing_reason"] == "subscription_create"
    is_extra = by_hand and invoice["attempt_count"] > 0
    retry_at = invoice["next_payment_attempt"]
    with world.changing(invoice):
        invoice["attempted"] = True
        if not is_extra:
            invoice["attempt_count"] += 1
            retry_at = next_attempt(world, invoice) if subscription and not first else None
            invoice["next_payment_attempt"] = retry_at
    if outcome == "requires_action":
        world.emit("invoice.payment_action_required", invoice)
    world.emit("invoice.payment_failed", invoice)
    if subscription is None or first or is_extra:
        return
    customer = world.get("customer", invoice["customer"])
    world.change(customer, delinquent=True)
    is_resumption = pauses.resumes(subscription, invoice)
    if is_resumption:
        pauses.attempt_failed(world, subscription)
    elif subscription["status"] in ("active", "trialing"):
        world.change(subscription, status="past_due")
    if retry_at:
        world.schedule(retry_at, "invoice.attempt", invoice)
    elif subscription["status"] == "past_due" and not is_resumption:
        give_up(world, subscription, invoice)


def next_attempt(world: World, invoice: Object) -> int | None:
    """When Stripe tries again, after as many attempts as the invoice has had."""
    if not invoice["auto_advance"]:
        return None
    days = world.account.options["retry_days"]
    index = invoice["attempt_count"] - 1
    return world.time_for(invoice) + round(days[index] * DAY) if index < len(days) else None


def give_up(world: World, subscription: Object, invoice: Object) -> None:
    """After the last retry: canceled, unpaid, paused or left past due, as the owner chose."""
    then = world.account.options["after_retries"]
    if then == "cancel":
        cancellation.end(world, subscription, reason="payment_failed")
    elif then == "pause":
        pauses.pause(world, subscription, "final_payment_failure")
    elif then == "unpaid":
        world.change(invoice, auto_advance=False)
        world.change(subscription, status="unpaid")


def debit_settled(world: World, intent: Object, *, succeeds: bool | None = None) -> bool:
    """A bank debit came through, or bounced, days later."""
    method = world.get("payment_method", intent["payment_method"])
    bounces = method["_number"].endswith(FAILING_ACCOUNTS)
    worked = not bounces if succeeds is None else succeeds
    if worked:
        payments.succeed(world, intent, method)
    else:
        payments.fail(world, intent, method, "debit_not_authorized")
    told = succeeded if worked else bounced
    for invoice in world.all("invoice", _intent=intent["id"]):
        told(world, invoice)
    return worked


def bounced(world: World, invoice: Object) -> None:
    """A subscription whose first debit bounces was incomplete all the while, and now expires."""
    subscription = invoices.subscription_of(world, invoice)
    world.emit("invoice.payment_failed", invoice)
    if subscription and subscription["status"] == "incomplete":
        cancellation.expire(world, subscription)
    elif subscription and subscription["status"] == "active":
        world.change(subscription, status="past_due")
