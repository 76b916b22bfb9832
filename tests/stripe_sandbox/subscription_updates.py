"""Changing subscriptions: plans, ends, pauses. https://docs.stripe.com/api/subscriptions/update"""

from typing import Any

from . import cancellation, collection, discounts, errors, invoices, lifecycle, payment_methods
from .changes import apply
from .invoice_lines import item_line
from .subscription_items import changed_items, next_period, prorations
from .subscriptions import NOT_PLAYED, PLAIN, cancel_at_from, schedule_next
from .world import Object, World

REASON = "subscription_update"
AFTER_THE_END = {"metadata", "cancellation_details"}


def update(world: World, params: Object, id: str) -> Object:
    subscription = world.get("subscription", id)
    refuse(subscription, params)
    now = world.time_for(subscription)
    ends_trial = subscription["status"] == "trialing" and params.get("trial_end") == "now"
    old_items = subscription["items"]["data"]
    new_items = changed_items(world, subscription, params.get("items") or [])
    if params.get("payment_behavior") == "error_if_incomplete" and "items" in params:
        collection.refuse_what_would_fail(world, subscription)
    bill_now: Object | None = None
    with world.changing(subscription):
        change_plain(world, subscription, params)
        change_end(world, subscription, params)
        subscription["items"]["data"] = new_items
        if ends_trial:
            subscription["trial_end"] = subscription["billing_cycle_anchor"] = now
            set_period_end(new_items, now)
        elif isinstance(params.get("trial_end"), int):
            extend_trial(subscription, params["trial_end"], now)
        else:
            bill_now = change_plan(world, subscription, old_items, new_items, params)
        if bill_now:
            subscription["latest_invoice"] = bill_now["id"]
    if bill_now:
        bill(world, bill_now)
    if ends_trial and lifecycle.may_go_on(world, subscription):
        lifecycle.renew(world, subscription, finalize_now=True)
    elif subscription["status"] not in cancellation.FINAL:
        schedule_next(world, subscription)
    return subscription


def refuse(subscription: Object, params: Object) -> None:
    if subscription["status"] in cancellation.FINAL and params.keys() - AFTER_THE_END:
        raise errors.refused("subscription_over")
    for name in params.keys() & set(NOT_PLAYED):
        raise errors.not_played(name, name)
    if params.get("payment_behavior") == "pending_if_incomplete":
        raise errors.not_played("pending updates", "payment_behavior")


def change_plain(world: World, subscription: Object, params: Object) -> None:
    apply(subscription, params, *PLAIN)
    payment_methods.take_default(world, subscription, params)
    if "pause_collection" in params:
        paused = params["pause_collection"]
        subscription["pause_collection"] = {"resumes_at": None, **paused} if paused else None
    if "discounts" in params:
        customer, wanted = world.get("customer", subscription["customer"]), params["discounts"]
        subscription["discounts"] = discounts.redeem(
            world, wanted or [], customer, subscription["id"]
        )


def change_end(world: World, subscription: Object, params: Object) -> None:
    """Classic and flexible billing alike tell both fields; see cancellation.schedule_end."""
    details = params.get("cancellation_details") or {}
    told = {name: words or None for name, words in details.items()}
    at_end = params.get("cancel_at_period_end")
    if at_end is True or params.get("cancel_at"):
        cancel_at = cancel_at_from(params, subscription["items"]["data"])
        if cancel_at is not None and cancel_at <= world.time_for(subscription):
            raise errors.refused("not_future", param="cancel_at")
        cancellation.schedule_end(
            world, subscription, cancel_at, at_period_end=bool(at_end), **told
        )
    elif at_end is False or params.get("cancel_at") == "":
        cancellation.take_back(subscription)
    elif details:
        subscription["cancellation_details"].update(told)


def extend_trial(subscription: Object, trial_end: int, now: int) -> None:
    if trial_end <= now:
        raise errors.refused("not_future", param="trial_end")
    trial_start = subscription["trial_start"] or now
    subscription.update(status="trialing", trial_start=trial_start, trial_end=trial_end)
    subscription.update(billing_cycle_anchor=trial_end, _warned=False)
    set_period_end(subscription["items"]["data"], trial_end)


def set_period_end(items: list[Object], moment: int) -> None:
    items[:] = [item | {"current_period_end": moment} for item in items]


def change_plan(
    world: World, subscription: Object, old: list[Object], new: list[Object], params: Object
) -> Object | None:
    """Prorate; returns the invoice that has to be paid at once, if any."""
    anchor = (params.get("billing_cycle_anchor") or {}).get("type")
    lines, at_once = planned(world, subscription, old, new, params, anchor)
    if at_once:
        return invoices.draft_of(world, subscription, lines, reason=REASON)
    if lines:
        subscription.setdefault("_pending_lines", []).extend(lines)
    return None


def planned(
    world: World,
    subscription: Object,
    old: list[Object],
    new: list[Object],
    params: Object,
    anchor: str | None,
) -> tuple[list[Object], bool]:
    """The lines of a change of plan, and whether they are billed at once.

    A new interval, or billing_cycle_anchor=now, starts a new period today and bills it at once.
    """
    behavior = params.get("proration_behavior", "create_prorations")
    moment = params.get("proration_date") or world.time_for(subscription)
    restart = anchor == "now" or cycle(new[0]) != cycle(old[0]) or is_free(old) != is_free(new)
    if subscription["status"] == "trialing" or (old == new and not restart):
        return [], False
    if restart:
        subscription["billing_cycle_anchor"] = moment
        start_period(new, moment)
    lines = [] if behavior == "none" else prorations(world, old, new, moment)
    if restart:
        return restarted(world, lines, new), True
    return lines, behavior == "always_invoice" and bool(lines)


def restarted(world: World, lines: list[Object], items: list[Object]) -> list[Object]:
    """Credits for what was paid before, and whole new periods."""
    credits = [line for line in lines if line["amount"] < 0]
    return credits + [item_line(world, item) for item in items]


def cycle(item: Object) -> tuple[Any, Any]:
    recurring = item["price"]["recurring"]
    return recurring["interval"], recurring["interval_count"]


def is_free(items: list[Object]) -> bool:
    return not any(item["price"]["unit_amount"] for item in items)


def start_period(items: list[Object], moment: int) -> None:
    for index, item in enumerate(items):
        items[index] = item | next_period(item | {"current_period_end": moment}, moment)


def bill(world: World, invoice: Object) -> None:
    world.add(invoice, "invoice.created")
    collection.finalize(world, invoice)


def cancel(world: World, params: Object, id: str) -> Object:
    """https://docs.stripe.com/api/subscriptions/cancel"""
    subscription = world.get("subscription", id)
    if subscription["status"] in cancellation.FINAL:
        raise errors.no_such("subscription", id)
    if params.get("invoice_now") and params.get("prorate"):
        now = world.time_for(subscription)
        lines = prorations(world, subscription["items"]["data"], [], now)
        if lines:
            invoice = invoices.draft_of(world, subscription, lines, reason=REASON)
            bill(world, invoice)
    told = {
        name: value or None for name, value in (params.get("cancellation_details") or {}).items()
    }
    return cancellation.end(world, subscription, reason="cancellation_requested", **told)


def pause(world: World, params: Object, id: str) -> Object:
    subscription = world.get("subscription", id)
    if subscription["status"] not in ("active", "trialing", "past_due"):
        raise errors.refused("not_to_pause")
    lifecycle.pause(world, subscription, "pause_requested")
    return subscription


def resume(world: World, params: Object, id: str) -> Object:
    """https://docs.stripe.com/api/subscriptions/resume: a new period, to be paid, begins."""
    subscription = world.get("subscription", id)
    if subscription["status"] != "paused":
        raise errors.refused("not_paused")
    now, items = world.time_for(subscription), subscription["items"]["data"]
    with world.changing(subscription):
        subscription.update(status="active", status_details=None, trial_end=None)
        if (params.get("billing_cycle_anchor") or {}).get("type") != "unchanged":
            subscription["billing_cycle_anchor"] = now
            start_period(items, now)
        lines = restarted(world, [], items)
        invoice = invoices.draft_of(world, subscription, lines, reason=REASON)
        subscription["latest_invoice"] = invoice["id"]
    world.emit("customer.subscription.resumed", subscription)
    bill(world, invoice)
    schedule_next(world, subscription)
    return subscription


def delete_discount(world: World, params: Object, id: str) -> Object:
    subscription = world.get("subscription", id)
    removed = [world.get("discount", discount) for discount in subscription["discounts"]]
    if not removed:
        raise errors.no_such("discount", id)
    world.change(subscription, discounts=[])
    for discount in removed:
        world.emit("customer.discount.deleted", discount)
    # The discount, without the end that it no longer has.
    return {key: value for key, value in removed[0].items() if key != "end"} | {"deleted": True}
