"""Paused subscriptions, and what makes them go on.

https://docs.stripe.com/billing/subscriptions/pause
"""

from . import invoices
from .periods import DAY, HOUR
from .world import Object, World

ON_ATTEMPT, ON_SUCCESS = "resume_on_payment_attempt", "resume_on_payment_success"
# Seconds after which the invoice of a resumption that wasn't paid is voided.
EXPIRES = {ON_ATTEMPT: 23 * HOUR, ON_SUCCESS: 365 * DAY}


def pause(world: World, subscription: Object, reason: str, *, ends_period: bool = False) -> None:
    """What was billed before stays to be paid."""
    now, kind = world.time_for(subscription), "subscription"
    paused = {kind: {"type": reason}, "transitioned_at": now, "type": kind}
    with world.changing(subscription):
        subscription.update(status="paused", status_details={"paused": paused})
        for item in subscription["items"]["data"] if ends_period else []:
            item["current_period_end"] = now
    world.emit("customer.subscription.paused", subscription)


def is_resuming(world: World, subscription: Object) -> bool:
    """Whether the invoice of a resumption waits to be paid."""
    wanted = subscription.get("_resuming") or {}
    invoice = world.find("invoice", wanted.get("invoice"))
    return bool(invoice and invoice["status"] == "open" and subscription["status"] == "paused")


def resumes(subscription: Object | None, invoice: Object) -> bool:
    """Whether this paused subscription waits for this invoice."""
    if subscription is None or subscription["status"] != "paused":
        return False
    return (subscription.get("_resuming") or {}).get("invoice") == invoice["id"]


def go_on(world: World, subscription: Object, status: str = "active") -> None:
    """Into the new period."""
    from .subscriptions import schedule_next

    wanted = subscription.pop("_resuming")
    with world.changing(subscription):
        subscription.update(status=status, status_details=None, trial_end=None)
        subscription["billing_cycle_anchor"] = wanted["anchor"]
        subscription["items"]["data"] = wanted["items"]
    world.emit("customer.subscription.resumed", subscription)
    schedule_next(world, subscription)


def attempt_failed(world: World, subscription: Object) -> None:
    """By default a failed attempt makes it past due; else it stays paused."""
    if subscription["_resuming"]["behavior"] == ON_ATTEMPT:
        go_on(world, subscription, "past_due")


def give_up_resuming(world: World, subscription: Object) -> None:
    """Void the invoice that nobody paid in time; the subscription stays paused."""
    if is_resuming(world, subscription):
        wanted = subscription["_resuming"]
        if wanted["anchor"] + EXPIRES[wanted["behavior"]] <= world.time_for(subscription):
            invoices.close(world, world.get("invoice", wanted["invoice"]), "void")
