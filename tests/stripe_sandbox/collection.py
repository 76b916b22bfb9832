"""Collecting an open invoice, and what its success or failure does to the subscription.

https://docs.stripe.com/billing/revenue-recovery/smart-retries
"""

from __future__ import annotations

from typing import Any

from . import cancellation, cards, errors, invoices, payments
from .cards import Outcome
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


def refuse_what_would_fail(world: World, subscription: Object) -> None:
    """payment_behavior=error_if_incomplete: 402, and no subscription is made."""
    method = payment_method_for(world, subscription)
    outcome, code = cards.attempt(method, confirmed=False) if method else (None, "")
    if outcome == "requires_action":
        code = "authentication_required"
    if outcome in (None, "requires_action"):
        raise errors.card_declined(cards.decline(code or "generic_decline"))


def collect(
    world: World,
    invoice: Object,
    *,
    payment_method: Object | None = None,
    confirmed: bool = False,
    announce: bool = True,
    by_hand: bool = False,
) -> Outcome | None:
    """One attempt. `announce=False`: the subscription's created event will tell its state."""
    subscription = invoices.subscription_of(world, invoice)
    method = payment_method or payment_method_for(world, subscription or invoice)
    intent = world.get("payment_intent", invoice["_intent"])
    outcome = payments.attempt(world, intent, method, confirmed=confirmed) if method else None
    event = "customer.subscription.updated" if announce else None
    if outcome == "succeeded":
        succeeded(world, invoice, event)
    elif outcome == "processing":
        with world.changing(invoice, "invoice.updated"):
            invoice["attempted"] = True
            invoice["attempt_count"] += 1
            invoice["next_payment_attempt"] = None
    else:
        failed(world, invoice, event, outcome, by_hand=by_hand)
    return outcome


def succeeded(world: World, invoice: Object, event: str | None) -> None:
    invoice["attempt_count"] += 1
    invoices.mark_paid(world, invoice)
    subscription = invoices.subscription_of(world, invoice)
    became_active(world, subscription, invoice, event)
    customer: Any = world.find("customer", invoice["customer"])
    if customer and customer.get("delinquent") and not owes(world, customer):
        with world.changing(customer, "customer.updated"):
            customer["delinquent"] = False


def owes(world: World, customer: Object) -> bool:
    return any(
        invoice["attempted"] for invoice in world.all("invoice", customer=customer["id"],
                                                      status="open")
    )  # fmt: skip


def became_active(
    world: World, subscription: Object | None, invoice: Object, event: str | None
) -> None:
    """Paying its latest invoice heals a subscription; an older one doesn't."""
    if subscription is None or subscription["status"] not in ("incomplete", "past_due", "unpaid"):
        return
    if invoice["id"] != subscription["latest_invoice"]:
        return
    with world.changing(subscription, event):
        subscription["status"] = "active"


def failed(
    world: World, invoice: Object, event: str | None, outcome: Outcome | None, *, by_hand: bool
) -> None:
    """An attempt by hand counts only if it is the first, and moves no retry.

    https://docs.stripe.com/api/invoices/object#invoice_object-attempt_count
    """
    subscription = invoices.subscription_of(world, invoice)
    first = invoice["billing_reason"] == "subscription_create"
    is_extra = by_hand and invoice["attempt_count"] > 0
    retry_at = invoice["next_payment_attempt"]
    with world.changing(invoice, "invoice.updated"):
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
    with world.changing(customer, "customer.updated"):
        customer["delinquent"] = True
    if subscription["status"] in ("active", "trialing"):
        with world.changing(subscription, event):
            subscription["status"] = "past_due"
    if retry_at:
        world.schedule(retry_at, "invoice.attempt", invoice)
    elif subscription["status"] == "past_due":
        give_up(world, subscription, invoice)


def next_attempt(world: World, invoice: Object) -> int | None:
    """When Stripe tries again, after as many attempts as the invoice has had."""
    if not invoice["auto_advance"]:
        return None
    days = world.account.options["retry_days"]
    index = invoice["attempt_count"] - 1
    return world.time_for(invoice) + round(days[index] * DAY) if index < len(days) else None


def give_up(world: World, subscription: Object, invoice: Object) -> None:
    """After the last retry: canceled, unpaid or left past due, as the owner chose."""
    then = world.account.options["after_retries"]
    if then == "cancel":
        cancellation.end(world, subscription, reason="payment_failed")
    elif then == "unpaid":
        with world.changing(invoice, "invoice.updated"):
            invoice["auto_advance"] = False
        with world.changing(subscription, "customer.subscription.updated"):
            subscription["status"] = "unpaid"


def debit_settled(world: World, intent: Object, *, succeeds: bool | None = None) -> bool:
    """A bank debit came through, or bounced, days later."""
    worked = payments.settle(world, intent, succeeds=succeeds)
    for invoice in world.all("invoice", _intent=intent["id"]):
        if worked:
            succeeded(world, invoice, "customer.subscription.updated")
        else:
            bounced(world, invoice)
    return worked


def bounced(world: World, invoice: Object) -> None:
    """A subscription whose first debit bounces was incomplete all the while, and now expires."""
    subscription = invoices.subscription_of(world, invoice)
    world.emit("invoice.payment_failed", invoice)
    if subscription and subscription["status"] == "incomplete":
        cancellation.expire(world, subscription)
    elif subscription and subscription["status"] == "active":
        with world.changing(subscription, "customer.subscription.updated"):
            subscription["status"] = "past_due"
