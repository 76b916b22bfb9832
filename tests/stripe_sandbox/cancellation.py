"""The end of a subscription. https://docs.stripe.com/billing/subscriptions/cancel"""

from __future__ import annotations

from . import invoices
from .world import Object, World

FINAL = ("canceled", "incomplete_expired")


def end(
    world: World,
    subscription: Object,
    *,
    reason: str,
    comment: str | None = None,
    feedback: str | None = None,
) -> Object:
    """It is over now: `customer.subscription.deleted`, and nothing more is collected."""
    now = world.time_for(subscription)
    stop_collecting(world, subscription)
    details = subscription["cancellation_details"]
    subscription.update(
        status="canceled",
        canceled_at=subscription["canceled_at"] or now,
        ended_at=now,
        pause_collection=None,
        cancellation_details={
            "comment": comment or details["comment"],
            "feedback": feedback or details["feedback"],
            "reason": details["reason"] or reason,
        },
    )
    world.emit("customer.subscription.deleted", subscription)
    return subscription


def stop_collecting(world: World, subscription: Object) -> None:
    for invoice in world.all("invoice", customer=subscription["customer"]):
        is_ours = invoices.subscription_of(world, invoice) is subscription
        if is_ours and invoice["status"] in ("draft", "open"):
            with world.changing(invoice, "invoice.updated"):
                invoice.update(auto_advance=False, next_payment_attempt=None)
                invoice["automatically_finalizes_at"] = None


def expire(world: World, subscription: Object) -> None:
    """A first payment that never came: 23 hours after creation (docs: subscription status)."""
    with world.changing(subscription, "customer.subscription.updated"):
        subscription["status"] = "incomplete_expired"
        subscription["ended_at"] = world.time_for(subscription)
    invoice = world.find("invoice", subscription["latest_invoice"])
    if invoice and invoice["status"] == "open":
        invoices.close(world, invoice, "void")


def schedule_end(
    world: World,
    subscription: Object,
    cancel_at: int | None,
    at_period_end: bool = False,
    *,
    comment: str | None = None,
    feedback: str | None = None,
) -> None:
    """Set, or with None take back, an end in the future."""
    if cancel_at is None:
        subscription.update(cancel_at=None, cancel_at_period_end=False, canceled_at=None)
        subscription["cancellation_details"] = {"comment": None, "feedback": None, "reason": None}
        return
    subscription.update(
        cancel_at=cancel_at,
        cancel_at_period_end=at_period_end,
        canceled_at=world.time_for(subscription),
        cancellation_details={
            "comment": comment,
            "feedback": feedback,
            "reason": "cancellation_requested",
        },
    )
    world.schedule(cancel_at, "subscription.period", subscription)
