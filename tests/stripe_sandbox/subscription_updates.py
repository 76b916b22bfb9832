"""Changing subscriptions: plans, ends, pauses. https://docs.stripe.com/api/subscriptions/update"""

from __future__ import annotations

from typing import Any

from . import cancellation, collection, discounts, errors, invoices, lifecycle
from .changes import apply
from .invoice_lines import item_line
from .periods import next_end
from .subscription_items import changed_items, prorations
from .subscriptions import NOT_FUTURE, NOT_PLAYED, cancel_at_from, schedule_next
from .world import Object, World

PLAIN = ("description", "days_until_due", "collection_method", "trial_settings")
AFTER_THE_END = {"metadata", "cancellation_details"}
UPDATED = "customer.subscription.updated"


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
    with world.changing(subscription, UPDATED):
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
        message = "A canceled subscription can only update its cancellation_details and metadata."
        raise errors.StripeError(message, code="subscription_canceled")
    for name in params.keys() & set(NOT_PLAYED):
        raise errors.not_played(name, name)
    if params.get("payment_behavior") == "pending_if_incomplete":
        raise errors.not_played("pending updates", "payment_behavior")


def change_plain(world: World, subscription: Object, params: Object) -> None:
    apply(subscription, params, PLAIN)
    id = params.get("default_payment_method")
    if id:
        method = world.get("payment_method", id, "default_payment_method")
        if method["customer"] != subscription["customer"]:
            message = (
                f"The customer does not have a payment method with the ID {id}. The payment method "
                "must be attached to the customer."
            )
            raise errors.StripeError(message, code="resource_missing")
        subscription["default_payment_method"] = id
    if "pause_collection" in params:
        paused = params["pause_collection"]
        subscription["pause_collection"] = {"resumes_at": None, **paused} if paused else None
    subscription["payment_settings"].update(params.get("payment_settings") or {})
    if "discounts" in params:
        customer, wanted = world.get("customer", subscription["customer"]), params["discounts"]
        subscription["discounts"] = discounts.redeem(
            world, wanted or [], customer, subscription["id"]
        )


def change_end(world: World, subscription: Object, params: Object) -> None:
    """Classic and flexible billing alike tell both fields; see cancellation.schedule_end."""
    details = params.get("cancellation_details") or {}
    comment, feedback = details.get("comment") or None, details.get("feedback") or None
    at_end = params.get("cancel_at_period_end")
    if at_end is True or params.get("cancel_at"):
        cancel_at = cancel_at_from(params, subscription["items"]["data"])
        if cancel_at is not None and cancel_at <= world.time_for(subscription):
            raise errors.StripeError(NOT_FUTURE, param="cancel_at")
        cancellation.schedule_end(
            world, subscription, cancel_at, bool(at_end), comment=comment, feedback=feedback
        )
    elif at_end is False or params.get("cancel_at") == "":
        cancellation.schedule_end(world, subscription, None)
    elif details:
        subscription["cancellation_details"].update(comment=comment, feedback=feedback)


def extend_trial(subscription: Object, trial_end: int, now: int) -> None:
    if trial_end <= now:
        raise errors.StripeError(NOT_FUTURE, param="trial_end")
    trial_start = subscription["trial_start"] or now
    subscription.update(status="trialing", trial_start=trial_start, trial_end=trial_end)
    subscription.update(billing_cycle_anchor=trial_end, _warned=False)
    set_period_end(subscription["items"]["data"], trial_end)


def set_period_end(items: list[Object], moment: int) -> None:
    items[:] = [item | {"current_period_end": moment} for item in items]


def change_plan(
    world: World, subscription: Object, old: list[Object], new: list[Object], params: Object
) -> Object | None:
    """Prorate; returns the invoice that has to be paid at once, if any.

    A new interval, or billing_cycle_anchor=now, starts a new period today and bills it at once.
    """
    anchor = (params.get("billing_cycle_anchor") or {}).get("type")
    behavior = params.get("proration_behavior", "create_prorations")
    moment = params.get("proration_date") or world.time_for(subscription)
    trial = subscription["status"] == "trialing"
    restart = anchor == "now" or cycle(new[0]) != cycle(old[0]) or is_free(old) != is_free(new)
    if trial or (old == new and not restart):
        return None
    if restart:
        subscription["billing_cycle_anchor"] = moment
        start_period(new, moment)
    lines = [] if behavior == "none" else prorations(world, old, new, moment)
    if restart:
        lines = restarted(world, lines, new, moment)
    if restart or (behavior == "always_invoice" and lines):
        return update_invoice(world, subscription, lines)
    subscription.setdefault("_pending_lines", []).extend(lines)
    return None


def restarted(world: World, lines: list[Object], items: list[Object], moment: int) -> list[Object]:
    """Credits for what was paid before, and whole new periods."""
    credits = [line for line in lines if line["amount"] < 0]
    ends = [(item, item["current_period_end"]) for item in items]
    return credits + [item_line(world, item, start=moment, end=end) for item, end in ends]


def cycle(item: Object) -> tuple[Any, Any]:
    recurring = item["price"]["recurring"]
    return recurring["interval"], recurring["interval_count"]


def is_free(items: list[Object]) -> bool:
    return not any(item["price"]["unit_amount"] for item in items)


def start_period(items: list[Object], moment: int) -> None:
    for index, item in enumerate(items):
        end = next_end(moment, item["price"]["recurring"], moment)
        items[index] = item | {"current_period_start": moment, "current_period_end": end}


def update_invoice(world: World, subscription: Object, lines: list[Object]) -> Object:
    return invoices.draft(
        world,
        world.get("customer", subscription["customer"]),
        subscription.pop("_pending_lines", []) + lines,
        reason="subscription_update",
        currency=subscription["currency"],
        subscription=subscription,
        collection_method=subscription["collection_method"],
    )


def bill(world: World, invoice: Object) -> None:
    invoices.save(world, invoice)
    invoices.finalize(world, invoice)
    if invoice["status"] == "open" and invoice["collection_method"] == "charge_automatically":
        collection.collect(world, invoice)


def cancel(world: World, params: Object, id: str) -> Object:
    """https://docs.stripe.com/api/subscriptions/cancel"""
    subscription = world.get("subscription", id)
    if subscription["status"] in cancellation.FINAL:
        raise errors.no_such("subscription", id)
    if params.get("invoice_now") and params.get("prorate"):
        now = world.time_for(subscription)
        lines = prorations(world, subscription["items"]["data"], [], now)
        if lines:
            bill(world, update_invoice(world, subscription, lines))
    told = {
        name: value or None for name, value in (params.get("cancellation_details") or {}).items()
    }
    return cancellation.end(world, subscription, reason="cancellation_requested", **told)


def pause(world: World, params: Object, id: str) -> Object:
    subscription = world.get("subscription", id)
    if subscription["status"] not in ("active", "trialing", "past_due"):
        raise errors.StripeError("Only active subscriptions can be paused.")
    lifecycle.pause(world, subscription, "pause_requested")
    return subscription


def resume(world: World, params: Object, id: str) -> Object:
    """https://docs.stripe.com/api/subscriptions/resume: a new period, to be paid, begins."""
    subscription = world.get("subscription", id)
    if subscription["status"] != "paused":
        message = "You cannot resume a subscription that is not paused."
        raise errors.StripeError(message, param="subscription")
    now, items = world.time_for(subscription), subscription["items"]["data"]
    with world.changing(subscription, UPDATED):
        subscription.update(status="active", status_details=None, trial_end=None)
        if (params.get("billing_cycle_anchor") or {}).get("type") != "unchanged":
            subscription["billing_cycle_anchor"] = now
            start_period(items, now)
        invoice = update_invoice(world, subscription, restarted(world, [], items, now))
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
    with world.changing(subscription, UPDATED):
        subscription["discounts"] = []
    for discount in removed:
        world.emit("customer.discount.deleted", discount)
    return discounts.gone(removed[0])
