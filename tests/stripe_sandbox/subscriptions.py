"""Making and finding subscriptions. https://docs.stripe.com/api/subscriptions"""

from typing import Any

from . import (
    catalog,
    collection,
    customers,
    discounts,
    errors,
    invoices,
    payment_methods,
    shapes,
)
from .cancellation import FINAL
from .cards import Outcome
from .changes import apply, need
from .identifiers import new_id
from .invoice_lines import item_line, price_line
from .periods import DAY, HOUR, next_end, prorated
from .resources import at, in_range
from .subscription_items import check_alike, item_list, new_item
from .world import Object, World

NOT_PLAYED = (
    "application_fee_percent", "backdate_start_date", "billing_cycle_anchor_config",
    "billing_schedules", "billing_thresholds", "default_source", "default_tax_rates",
    "on_behalf_of", "pending_invoice_item_interval", "transfer_data",
)  # fmt: skip
PLAIN = (
    "collection_method", "days_until_due", "description", "payment_settings", "trial_settings",
)  # fmt: skip


def create(world: World, params: Object) -> Object:
    """https://docs.stripe.com/api/subscriptions/create"""
    subscription = build(world, params)
    behavior = params.get("payment_behavior", "allow_incomplete")
    automatic = subscription["collection_method"] == "charge_automatically"
    trial = subscription["trial_end"] is not None
    if automatic and behavior != "default_incomplete" and not trial:
        if collection.payment_method_for(world, subscription) is None:
            raise errors.refused("no_source")
        if behavior == "error_if_incomplete":
            collection.refuse_what_would_fail(world, subscription)
    begin(world, subscription, params, pay=behavior != "default_incomplete")
    world.emit("customer.subscription.created", subscription)
    announce_trial_end(world, subscription)
    return subscription


def build(world: World, params: Object) -> Object:
    """A subscription as the parameters want it, not saved and nothing charged."""
    for name in params.keys() & set(NOT_PLAYED):
        raise errors.not_played(name, name)
    customer = customers.of(world, params)
    need(params, "items")
    now = world.time_for(customer)
    prices = [
        catalog.sold(world, line, f"items[{index}]", recurring_only=True)
        for index, line in enumerate(params["items"])
    ]
    trial_end = trial_end_from(params, now)
    anchor = trial_end or params.get("billing_cycle_anchor") or now
    if anchor < now:
        raise errors.refused("not_future", param="billing_cycle_anchor")
    id, period = new_id("sub"), (now, next_end(anchor, prices[0]["recurring"], now))
    items = [
        new_item(world, id, price, line, period)
        for price, line in zip(prices, params["items"], strict=True)
    ]
    check_alike(items)
    subscription = shapes.new(
        world, "subscription", id=id, customer=customer["id"], start_date=now,
        billing_cycle_anchor=anchor, cancel_at=cancel_at_from(params, items),
        cancel_at_period_end=params.get("cancel_at_period_end", False),
        currency=items[0]["price"]["currency"], items=item_list(id, items),
        test_clock=customer["test_clock"],
    )  # fmt: skip
    apply(subscription, params, *PLAIN)
    payment_methods.take_default(world, subscription, params)
    if at(params, "billing_mode.type") == "classic":
        subscription["billing_mode"] = {"type": "classic", "flexible": None}
    if trial_end:
        subscription.update(status="trialing", trial_start=now, trial_end=trial_end)
    return subscription


def trial_end_from(params: Object, now: int) -> int | None:
    trial_end, days = params.get("trial_end"), params.get("trial_period_days")
    if trial_end == "now":
        return None
    if trial_end is None and days:
        trial_end = now + days * DAY
    if trial_end is not None and trial_end <= now:
        raise errors.refused("not_future", param="trial_end")
    if trial_end is not None and trial_end > now + 730 * DAY:
        raise errors.refused("far_future", param="trial_end")
    return trial_end


def cancel_at_from(params: Object, items: list[Object]) -> int | None:
    """A time, or one of Stripe's names for the end of a paid period."""
    cancel_at: Any = params.get("cancel_at")
    ends = [item["current_period_end"] for item in items]
    if cancel_at == "min_period_end" or params.get("cancel_at_period_end"):
        return min(ends)
    return max(ends) if cancel_at in ("max_period_end", "max_billed_until") else cancel_at or None


def begin(
    world: World,
    subscription: Object,
    params: Object,
    *,
    pay: bool = True,
    payment_method: Object | None = None,
    confirmed: bool = False,
) -> Outcome | None:
    """Save it, make its first invoice, and try to collect that."""
    customer, currency = world.get("customer", subscription["customer"]), subscription["currency"]
    world.add(subscription)
    world.change(customer, currency=customer["currency"] or currency)
    wanted = params.get("discounts") or []
    subscription["discounts"] = discounts.redeem(world, wanted, customer, subscription["id"])
    lines = first_lines(world, subscription, params.get("proration_behavior"))
    for index, extra in enumerate(params.get("add_invoice_items") or []):
        price = catalog.sold(world, extra, f"add_invoice_items[{index}]", recurring_only=False)
        lines.append(price_line(world, price, extra.get("quantity", 1)))
    invoice = invoices.draft_of(world, subscription, lines, reason="subscription_create")
    if subscription["days_until_due"] is not None:
        invoice["due_date"] = invoice["created"] + subscription["days_until_due"] * DAY
    subscription["latest_invoice"] = invoice["id"]
    world.add(invoice, "invoice.created")
    invoices.finalize(world, invoice)
    discounts.drop_ended(world, subscription)
    schedule_next(world, subscription)
    sent = subscription["collection_method"] == "send_invoice"
    if invoice["status"] == "paid" or sent:
        if subscription["status"] == "incomplete":
            subscription["status"] = "active"
        return "succeeded"
    world.schedule(subscription["created"] + 23 * HOUR, "subscription.incomplete", subscription)
    if not pay:
        return None
    # What becomes of it now, the event of its creation will tell.
    subscription["_untold"] = True
    try:
        return collection.collect(world, invoice, payment_method, confirmed=confirmed)
    finally:
        del subscription["_untold"]


def first_lines(world: World, subscription: Object, behavior: str | None) -> list[Object]:
    trial = subscription["trial_end"] is not None
    lines = []
    for item in subscription["items"]["data"]:
        start, end = item["current_period_start"], item["current_period_end"]
        line = item_line(world, item, trial=trial)
        if not trial and end == subscription["billing_cycle_anchor"]:
            # A stub period up to an anchor in the future costs its share, or nothing.
            length = next_end(end, item["price"]["recurring"], end) - end
            share = prorated(line["amount"], end - length, end, start)
            line["amount"] = line["subtotal"] = 0 if behavior == "none" else share
        lines.append(line)
    return lines


def schedule_next(world: World, subscription: Object) -> None:
    """Have the clock look at what comes next: the period's end, a trial's last days, an end."""
    ends = [item["current_period_end"] for item in subscription["items"]["data"]]
    world.schedule(min(ends), "subscription.period", subscription)
    if subscription["cancel_at"]:
        world.schedule(subscription["cancel_at"], "subscription.period", subscription)
    if subscription["status"] == "trialing":
        warning = subscription["trial_end"] - 3 * DAY
        world.schedule(warning, "subscription.trial_will_end", subscription)
    resumes_at = (subscription["pause_collection"] or {}).get("resumes_at")
    if resumes_at:
        world.schedule(resumes_at, "subscription.pause_over", subscription)


def announce_trial_end(world: World, subscription: Object) -> None:
    """Three days before, or at once for a shorter trial."""
    if subscription["status"] != "trialing" or subscription.get("_warned"):
        return
    if subscription["trial_end"] - world.time_for(subscription) <= 3 * DAY:
        subscription["_warned"] = True
        world.emit("customer.subscription.trial_will_end", subscription)


def is_wanted(world: World, params: Object, subscription: Object) -> bool:
    """For lists: those that are over only with status=canceled, ended or all."""
    status, has = params.get("status"), subscription["status"]
    items = subscription["items"]["data"]
    kinds = {None: has not in FINAL, "ended": has in FINAL, "all": True}
    return (
        kinds.get(status, has == status)
        and params.get("price") in (None, *(item["price"]["id"] for item in items))
        and in_range(items[0]["current_period_end"], params.get("current_period_end"))
        and in_range(items[0]["current_period_start"], params.get("current_period_start"))
    )
