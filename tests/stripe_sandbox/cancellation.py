"""The end of a subscription. https://docs.stripe.com/billing/subscriptions/cancel"""

from typing import Any

from . import invoices
from .periods import next_end
from .world import Object, World

FINAL = ("canceled", "incomplete_expired")


def end(world: World, subscription: Object, *, reason: str, **told: str | None) -> None:
    """It is over now: `customer.subscription.deleted`, and nothing more is collected."""
    now = world.time_for(subscription)
    stop_collecting(world, subscription)
    known = subscription["cancellation_details"]
    told = {name: told.get(name) or known[name] for name in ("comment", "feedback")}
    subscription["cancellation_details"] = {**told, "reason": known["reason"] or reason}
    subscription.update(status="canceled", ended_at=now, pause_collection=None)
    subscription["canceled_at"] = subscription["canceled_at"] or now
    world.emit("customer.subscription.deleted", subscription)


def stop_collecting(world: World, subscription: Object) -> None:
    for invoice in world.all("invoice", customer=subscription["customer"]):
        is_ours = invoices.subscription_of(world, invoice) is subscription
        if is_ours and invoice["status"] in ("draft", "open"):
            stopped = {"next_payment_attempt": None, "automatically_finalizes_at": None}
            world.change(invoice, auto_advance=False, **stopped)


def expire(world: World, subscription: Object) -> None:
    """A first payment that never came: 23 hours after creation (docs: subscription status)."""
    now = world.time_for(subscription)
    world.change(subscription, status="incomplete_expired", ended_at=now)
    invoice = world.find("invoice", subscription["latest_invoice"])
    if invoice and invoice["status"] == "open":
        invoices.close(world, invoice, "void")


def told_in(params: Object) -> dict[str, str | None]:
    """What the customer said of it; the empty string takes it back."""
    details = params.get("cancellation_details") or {}
    return {name: words or None for name, words in details.items()}


def schedule_end(
    world: World, subscription: Object, cancel_at: int, *, at_period_end: bool, **told: str | None
) -> None:
    """An end in the future."""
    told = {"comment": None, "feedback": None, **told}
    subscription.update(cancel_at=cancel_at, cancel_at_period_end=at_period_end)
    subscription["canceled_at"] = world.time_for(subscription)
    subscription["cancellation_details"] = {**told, "reason": "cancellation_requested"}
    world.schedule(cancel_at, "subscription.period", subscription)


def take_back(world: World, subscription: Object) -> None:
    """No end any more; a period that it cut short is whole again, and the rest charged later."""
    for item in subscription["items"]["data"]:
        start, cut = item["current_period_start"], item["current_period_end"]
        whole = next_end(subscription["billing_cycle_anchor"], item["price"]["recurring"], start)
        if subscription["cancel_at"] == cut < whole:
            item["current_period_end"] = whole
            line = invoices.remaining_line(world, item, cut)
            subscription.setdefault("_pending_lines", []).append(line)
    subscription.update(cancel_at=None, cancel_at_period_end=False, canceled_at=None)
    details: dict[str, Any] = dict.fromkeys(("comment", "feedback", "reason"))
    subscription["cancellation_details"] = details
