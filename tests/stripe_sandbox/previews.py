"""What the next invoice would say. https://docs.stripe.com/api/invoices/create_preview"""

from __future__ import annotations

import copy

from . import errors, invoices
from .cancellation import FINAL
from .identifiers import new_id
from .invoice_lines import item_line
from .periods import HOUR, next_end
from .subscription_items import changed_items, prorations
from .subscription_updates import cycle, restarted, start_period
from .subscriptions import build, first_lines
from .world import Object, World


def create(world: World, params: Object) -> Object:
    """Of a subscription as it is, or as `subscription_details` would change it. Nothing is kept."""
    details = params.get("subscription_details") or {}
    if "subscription" in params:
        stored = world.get("subscription", params["subscription"], "subscription")
        if stored["status"] in FINAL:
            message = "Invoice preview for a canceled subscription is not possible."
            raise errors.StripeError(message, code="invoice_upcoming_none")
        subscription = copy.deepcopy(stored)
        lines = changed_lines(world, subscription, details)
    else:
        if "customer" not in params or not details.get("items"):
            raise errors.missing("subscription")
        subscription = build(world, {**details, "customer": params["customer"]})
        lines = first_lines(world, subscription, None)
    return preview(world, subscription, lines)


def changed_lines(world: World, subscription: Object, details: Object) -> list[Object]:
    now = details.get("proration_date") or world.time_for(subscription)
    before = subscription["items"]["data"]
    after = changed_items(world, subscription, details.get("items") or [])
    behavior = details.get("proration_behavior", "create_prorations")
    trial = subscription["status"] == "trialing"
    changed = [] if behavior == "none" or trial else prorations(world, before, after, now)
    pending: list[Object] = list(subscription.get("_pending_lines", []))
    if cycle(after[0]) != cycle(before[0]) and not trial:
        start_period(after, now)
        return pending + restarted(world, changed, after, now)
    if behavior == "always_invoice" and changed:
        return pending + changed
    return pending + changed + [next_line(world, subscription, item) for item in after]


def next_line(world: World, subscription: Object, item: Object) -> Object:
    start, anchor = item["current_period_end"], subscription["billing_cycle_anchor"]
    end = next_end(anchor, item["price"]["recurring"], start)
    return item_line(world, item, start=start, end=end)


def preview(world: World, subscription: Object, lines: list[Object]) -> Object:
    item = subscription["items"]["data"][0]
    end = item["current_period_end"]
    invoice = invoices.draft(
        world,
        world.get("customer", subscription["customer"]),
        lines,
        reason="upcoming",
        currency=subscription["currency"],
        subscription=subscription,
        period=(item["current_period_start"], end),
    )
    invoice.update(id=new_id("upcoming_in"), created=end, next_payment_attempt=end + HOUR)
    invoice["lines"]["url"] = f"/v1/invoices/{invoice['id']}/lines"
    for line in lines:
        line["invoice"] = invoice["id"]
    return invoice
