"""The clocks, and what they do to subscriptions and invoices when their time comes.

https://docs.stripe.com/billing/subscriptions/overview#subscription-lifecycle
Each function looks whether it is really due, since plans change after they were scheduled.
"""

import heapq
from collections.abc import Callable

from . import cancellation, catalog, checkout, collection, invoices, pauses
from .changes import apply
from .errors import refused
from .periods import DAY
from .subscription_items import renewed
from .subscriptions import announce_trial_end, schedule_next
from .world import Object, World


def period_over(world: World, subscription: Object) -> None:
    """The end of a paid period, of a trial, or of the subscription itself."""
    now = world.time_for(subscription)
    if subscription["status"] in (*cancellation.FINAL, "paused", "incomplete"):
        return
    if subscription["cancel_at"] and subscription["cancel_at"] <= now:
        cancellation.end(world, subscription, reason="cancellation_requested")
    elif min(i["current_period_end"] for i in subscription["items"]["data"]) <= now:
        if subscription["status"] == "trialing" and not may_go_on(world, subscription):
            return
        renew(world, subscription)


def may_go_on(world: World, subscription: Object) -> bool:
    """At a trial's end without a card: invoice all the same, pause, or cancel, as was chosen."""
    if collection.payment_method_for(world, subscription):
        return True
    then = subscription["trial_settings"]["end_behavior"]["missing_payment_method"]
    if then == "cancel":
        cancellation.end(world, subscription, reason="cancellation_requested")
    elif then == "pause":
        pauses.pause(world, subscription, "trial_end_without_payment_method")
    return bool(then == "create_invoice")


def renew(world: World, subscription: Object, *, finalize_now: bool = False) -> None:
    """Into the next period, with an invoice that stays a draft for about an hour."""
    items = subscription["items"]["data"]
    previous_start = items[0]["current_period_start"]
    with world.changing(subscription):
        new_items, lines = renewed(world, subscription, items)
        for item, new in zip(items, new_items, strict=True):
            item.update(new)
        if subscription["status"] == "trialing":
            subscription["status"] = "active"
        if subscription["cancel_at_period_end"]:
            subscription["cancel_at"] = items[0]["current_period_end"]
        period = (previous_start, items[0]["current_period_start"])
        invoice = invoices.draft_of(
            world, subscription, lines, reason="subscription_cycle", period=period
        )
        subscription["latest_invoice"] = invoice["id"]
    world.add(invoice, "invoice.created")
    catalog.drop_ended_discounts(world, subscription)
    schedule_next(world, subscription)
    hold_or_schedule(world, subscription, invoice, finalize_now=finalize_now)


def hold_or_schedule(
    world: World, subscription: Object, invoice: Object, *, finalize_now: bool
) -> None:
    behavior = (subscription["pause_collection"] or {}).get("behavior")
    if subscription["status"] == "unpaid" or behavior == "keep_as_draft":
        invoice["auto_advance"] = False  # drafts pile up until an owner decides
    elif behavior:
        invoices.finalize(world, invoice)
        if invoice["status"] == "open":
            invoices.close(world, invoice, "void" if behavior == "void" else "uncollectible")
    else:
        wait = 0 if finalize_now else world.account.options["finalize_after"]
        invoice["automatically_finalizes_at"] = world.time_for(invoice) + wait
        if wait:
            world.schedule(invoice["automatically_finalizes_at"], "invoice.finalize", invoice)
        else:
            finalize_due(world, invoice)


def finalize_due(world: World, invoice: Object) -> None:
    if invoice["status"] == "draft" and invoice["auto_advance"]:
        collection.finalize(world, invoice)


def attempt_due(world: World, invoice: Object) -> None:
    """A retry of a failed renewal; one that a bank debit is under way for waits."""
    due = invoice["next_payment_attempt"]
    if invoice["status"] == "open" and due and due <= world.time_for(invoice):
        collection.collect(world, invoice)


def first_payment_overdue(world: World, subscription: Object) -> None:
    """A bank debit under way gets its days: the subscription stays incomplete meanwhile."""
    invoice = world.get("invoice", subscription["latest_invoice"])
    intent = world.find("payment_intent", invoice["_intent"])
    if subscription["status"] == "incomplete" and intent and intent["status"] != "processing":
        cancellation.expire(world, subscription)


# What was scheduled, and what is done with its object then.
ACTIONS: dict[str, Callable[[World, Object], None]] = {
    "subscription.period": period_over,
    "subscription.trial_will_end": announce_trial_end,
    "subscription.incomplete": first_payment_overdue,
    "subscription.resumption": pauses.give_up_resuming,
    "invoice.finalize": finalize_due,
    "invoice.attempt": attempt_due,
    "debit.settles": checkout.debit_settles,
    "checkout.expires": checkout.expire_if_open,
}


def run_until(world: World, moment: int) -> None:
    """The sandbox's clock passes `moment`: each due thing happens at its own time."""
    with world.lock:
        while world.due and world.due[0][0] <= moment:
            at, _, what, id = heapq.heappop(world.due)
            world.instant = at
            try:
                act(world, what, id)
            finally:
                world.instant = None


def act(world: World, what: str, id: str) -> None:
    obj = world.locate(id)
    if obj is not None and not obj.get("deleted"):
        ACTIONS[what](world, obj)


# Test clocks: a time of its own for some customers. https://docs.stripe.com/api/test_clocks


def set_up_clock(world: World, clock: Object, params: Object) -> None:
    if world.livemode:
        raise refused("clock_live")
    apply(clock, params)
    clock.update(deletes_after=world.now() + 30 * DAY, _due=[])


def advance_clock(world: World, params: Object, id: str) -> Object:
    clock, moment = world.get("test_helpers.test_clock", id), params["frozen_time"]
    if moment <= clock["frozen_time"]:
        raise refused("clock_backwards")
    details = {"advancing": {"target_frozen_time": moment}}
    clock.update(status="advancing", status_details=details)
    world.emit("test_helpers.test_clock.advancing", clock)
    while clock["_due"] and clock["_due"][0][0] <= moment:
        at, _, what, obj = heapq.heappop(clock["_due"])
        clock["frozen_time"] = max(at, clock["frozen_time"])
        act(world, what, obj)
    clock.update(frozen_time=moment, status="ready", status_details={})
    world.emit("test_helpers.test_clock.ready", clock)
    return clock


def delete_clock(world: World, params: Object, id: str) -> Object:
    """Takes its customers, with all that is theirs, along."""
    clock = world.get("test_helpers.test_clock", id)
    gone = {customer["id"] for customer in world.all("customer", test_clock=id)}
    for kind, table in world.tables.items():
        for obj in list(table.values()) if kind != "event" else []:
            if obj["id"] in gone or obj.get("customer") in gone:
                world.remove(obj)
    return world.delete(clock)
