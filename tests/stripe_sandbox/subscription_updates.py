"""Changing subscriptions: plans, ends, pauses. https://docs.stripe.com/api/subscriptions/update"""

from . import cancellation, collection, errors, invoices, lifecycle, pauses, payment_methods
from .changes import apply, copied, need
from .identifiers import new_id
from .invoices import item_line
from .periods import HOUR
from .subscription_items import changed_items, cycle, next_period, prorations, renewed
from .subscriptions import PLAIN, cancel_at_from, schedule_next
from .world import Object, World

AFTER_THE_END = {"metadata", "cancellation_details"}


def update(world: World, params: Object, id: str) -> Object:
    subscription = world.get("subscription", id)
    if subscription["status"] in cancellation.FINAL and params.keys() - AFTER_THE_END:
        raise errors.refused("subscription_over")
    if params.get("trial_end") not in (None, "now"):
        raise errors.not_played("a trial's new end, but now", "trial_end")
    now = world.time_for(subscription)
    ends_trial = subscription["status"] == "trialing" and params.get("trial_end") == "now"
    old_items = subscription["items"]["data"]
    new_items = changed_items(world, subscription, params.get("items") or [])
    invoice: Object | None = None
    with world.changing(subscription):
        apply(subscription, params, *PLAIN)
        if "pause_collection" in params:
            paused = params["pause_collection"]
            subscription["pause_collection"] = {"resumes_at": None, **paused} if paused else None
        payment_methods.take_default(world, subscription, params)
        change_end(world, subscription, params)
        subscription["items"]["data"] = new_items
        if ends_trial:
            subscription["trial_end"] = subscription["billing_cycle_anchor"] = now
            new_items[:] = [item | {"current_period_end": now} for item in new_items]
        else:
            lines, at_once = planned(world, subscription, old_items, new_items, params)
            if at_once:
                invoice = draft_now(world, subscription, lines)
            elif lines:
                subscription.setdefault("_pending_lines", []).extend(lines)
    if invoice:
        bill(world, invoice)
    if ends_trial and lifecycle.may_go_on(world, subscription):
        lifecycle.renew(world, subscription, finalize_now=True)
    elif subscription["status"] not in cancellation.FINAL:
        schedule_next(world, subscription)
    return subscription


def change_end(world: World, subscription: Object, params: Object) -> None:
    """Classic and flexible billing alike tell both fields; see cancellation.schedule_end."""
    told = cancellation.told_in(params)
    at_end = params.get("cancel_at_period_end")
    if at_end is True or params.get("cancel_at"):
        cancel_at = cancel_at_from(params, subscription["items"]["data"])
        if cancel_at is not None and cancel_at <= world.time_for(subscription):
            raise errors.refused("not_future", param="cancel_at")
        cancellation.schedule_end(
            world, subscription, cancel_at, at_period_end=bool(at_end), **told
        )
    elif at_end is False or params.get("cancel_at") == "":
        cancellation.take_back(world, subscription)
    else:
        subscription["cancellation_details"].update(told)


def planned(
    world: World, subscription: Object, old: list[Object], new: list[Object], params: Object
) -> tuple[list[Object], bool]:
    """The lines of a change of plan, and whether they are billed at once.

    A new interval starts a new period today; so does a change from what is free, or to it.
    """
    behavior = params.get("proration_behavior", "create_prorations")
    moment = world.time_for(subscription)
    restart = cycle(new[0]) != cycle(old[0]) or is_free(old) != is_free(new)
    if subscription["status"] == "trialing" or (old == new and not restart):
        return [], False
    if restart:
        subscription["billing_cycle_anchor"] = moment
        start_period(new, moment)
    lines = [] if behavior == "none" else prorations(world, old, new, moment)
    if restart:
        return restarted(world, lines, new), True
    return lines, behavior == "always_invoice" and bool(lines)


def preview(world: World, params: Object) -> Object:
    """What the next invoice would say, of it as it is or as changed by `subscription_details`.

    https://docs.stripe.com/api/invoices/create_preview. Nothing is kept.
    """
    need(params, "subscription")
    stored = world.get("subscription", params["subscription"], "subscription")
    if stored["status"] in cancellation.FINAL:
        raise errors.refused("no_preview")
    subscription, details = copied(stored), params.get("subscription_details") or {}
    before = subscription["items"]["data"]
    after = changed_items(world, subscription, details.get("items") or [])
    lines, at_once = planned(world, subscription, before, after, details)
    if not at_once:
        lines += renewed(world, subscription, after)[1]
    item = before[0]
    end = item["current_period_end"]
    period = (item["current_period_start"], end)
    invoice = invoices.draft_of(world, subscription, lines, reason="upcoming", period=period)
    invoice.update(id=new_id("upcoming_in"), created=end, next_payment_attempt=end + HOUR)
    return invoices.give_lines(invoice, invoice["lines"]["data"])


def restarted(world: World, lines: list[Object], items: list[Object]) -> list[Object]:
    """Credits for what was paid before, and whole new periods."""
    credits = [line for line in lines if line["amount"] < 0]
    return credits + [item_line(world, item) for item in items]


def is_free(items: list[Object]) -> bool:
    return not any(item["price"]["unit_amount"] for item in items)


def start_period(items: list[Object], moment: int) -> None:
    for index, item in enumerate(items):
        items[index] = item | next_period(item | {"current_period_end": moment}, moment)


def draft_now(world: World, subscription: Object, lines: list[Object]) -> Object:
    """The invoice of a change that is billed at once."""
    invoice = invoices.draft_of(world, subscription, lines, reason="subscription_update")
    subscription["latest_invoice"] = invoice["id"]
    return invoice


def bill(world: World, invoice: Object) -> None:
    world.add(invoice, "invoice.created")
    collection.finalize(world, invoice)


def cancel(world: World, params: Object, id: str) -> Object:
    """https://docs.stripe.com/api/subscriptions/cancel"""
    subscription = world.get("subscription", id)
    if subscription["status"] in cancellation.FINAL:
        raise errors.no_such("subscription", id)
    told = cancellation.told_in(params)
    cancellation.end(world, subscription, reason="cancellation_requested", **told)
    return subscription


def pause(world: World, params: Object, id: str) -> Object:
    """https://docs.stripe.com/billing/subscriptions/pause; a trial can't be paused."""
    subscription = world.get("subscription", id)
    if subscription["status"] not in ("active", "past_due", "unpaid"):
        raise errors.refused("not_to_pause")
    pauses.pause(world, subscription, "pause_requested", ends_period=True)
    return subscription


def resume(world: World, params: Object, id: str) -> Object:
    """https://docs.stripe.com/billing/subscriptions/pause#resume-subscriptions

    A new period, and an invoice for it; the subscription stays paused until that is paid. By
    default nothing is charged by itself.
    """
    subscription = world.get("subscription", id)
    if subscription["status"] != "paused":
        raise errors.refused("not_paused")
    if pauses.is_resuming(world, subscription):
        raise errors.refused("resuming")
    behavior = params.get("payment_behavior", pauses.ON_ATTEMPT)
    charges = behavior == pauses.ON_SUCCESS
    if charges and collection.payment_method_for(world, subscription) is None:
        raise errors.refused("no_source")
    now, items = world.time_for(subscription), copied(subscription["items"]["data"])
    start_period(items, now)
    with world.changing(subscription):
        invoice = draft_now(world, subscription, restarted(world, [], items))
    subscription["_resuming"] = {
        "invoice": invoice["id"], "behavior": behavior, "anchor": now, "items": items,
    }  # fmt: skip
    world.schedule(now + pauses.EXPIRES[behavior], "subscription.resumption", subscription)
    world.add(invoice, "invoice.created")
    if charges:
        collection.finalize(world, invoice)
    else:
        collection.finalize_only(world, invoice)
    return subscription
