"""What the next invoice would say. https://docs.stripe.com/api/invoices/create_preview"""

import copy

from . import errors, invoices
from .cancellation import FINAL
from .identifiers import new_id
from .invoice_lines import item_line
from .periods import HOUR
from .subscription_items import changed_items, next_period
from .subscription_updates import planned
from .subscriptions import build, first_lines
from .world import Object, World


def create(world: World, params: Object) -> Object:
    """Of a subscription as it is, or as `subscription_details` would change it. Nothing is kept."""
    details = params.get("subscription_details") or {}
    if "subscription" in params:
        stored = world.get("subscription", params["subscription"], "subscription")
        if stored["status"] in FINAL:
            raise errors.refused("no_preview")
        subscription = copy.deepcopy(stored)
        lines = changed_lines(world, subscription, details)
    else:
        if "customer" not in params or not details.get("items"):
            raise errors.missing("subscription")
        subscription = build(world, {**details, "customer": params["customer"]})
        lines = first_lines(world, subscription, None)
    return preview(world, subscription, lines)


def changed_lines(world: World, subscription: Object, details: Object) -> list[Object]:
    before = subscription["items"]["data"]
    after = changed_items(world, subscription, details.get("items") or [])
    anchor = details.get("billing_cycle_anchor")
    lines, at_once = planned(world, subscription, before, after, details, anchor)
    if at_once:
        return lines
    anchor = subscription["billing_cycle_anchor"]
    return lines + [item_line(world, item | next_period(item, anchor)) for item in after]


def preview(world: World, subscription: Object, lines: list[Object]) -> Object:
    item = subscription["items"]["data"][0]
    end = item["current_period_end"]
    period = (item["current_period_start"], end)
    invoice = invoices.draft_of(world, subscription, lines, reason="upcoming", period=period)
    invoice.update(id=new_id("upcoming_in"), created=end, next_payment_attempt=end + HOUR)
    return invoices.give_lines(invoice, invoice["lines"]["data"])
