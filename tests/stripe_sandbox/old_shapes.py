"""Stripe's objects as they were before 2025-03-31 (acacia), for endpoints that still want them.

https://docs.stripe.com/changelog/basil: periods moved to the items, the invoice's subscription to
`parent`, its payments to invoice payments; and later `ui_mode` and coupons moved too.
"""

from collections.abc import Callable
from typing import Any

from .catalog import plan_of
from .changes import copied
from .resources import at
from .shapes import at_rest
from .world import Object, World

BASIL = "2025-03-31"
# By kind: what is gone since then, what is new, and what has moved from where it is now.
FIELDS = at_rest("old")
PERIOD = FIELDS["subscription_item"]["new"]


def is_old(version: str | None) -> bool:
    return bool(version) and str(version)[:10] < BASIL


def event(world: World, content: Object) -> Object:
    data = {key: shape(world, value) for key, value in content["data"].items()}
    # Old readers look for the period at the top of what changed.
    for item in at(content["data"], "previous_attributes.items.data") or []:
        data["previous_attributes"] |= {name: item[name] for name in PERIOD}
    return content | {"data": data}


def shape(world: World, value: Any) -> Any:
    """An object of today in its old shape, with whatever it holds."""
    if isinstance(value, list):
        return [shape(world, item) for item in value]
    if not isinstance(value, dict):
        return value
    kind = value.get("object", "")
    fields = FIELDS.get(kind, {})
    made = {key: shape(world, item) for key, item in value.items()} | fields.get("gone", {})
    made |= {key: at(value, path) for key, path in fields.get("moved", {}).items()}
    if kind in OLD:
        made |= OLD[kind](world, value)
    return {key: item for key, item in made.items() if key not in fields.get("new", ())}


def subscription(world: World, today: Object) -> Object:
    items = today["items"]["data"]
    only = items[0] if len(items) == 1 else {}
    same = {"plan": only.get("plan"), "quantity": only.get("quantity")}
    return {**{name: items[0][name] for name in PERIOD}, **same}


def invoice(world: World, today: Object) -> Object:
    stored = world.find("invoice", today.get("id")) or {}
    intent = world.find("payment_intent", stored.get("_intent")) or {}
    tax = today["automatic_tax"]
    return {
        "automatic_tax": {key: value for key, value in tax.items() if key != "provider"},
        "charge": intent.get("latest_charge"),
        "paid": today["status"] == "paid",
        "payment_intent": intent.get("id"),
        "subscription_details": {"metadata": at(today, "parent.subscription_details.metadata")},
    }


def line_item(world: World, today: Object) -> Object:
    item = at(today, "parent.subscription_item_details")
    price = world.find("price", at(today, "pricing.price_details.price"))
    return {
        "plan": plan_of(price) if price else None,
        "price": copied(price),
        "proration": bool(at(item, "proration")),
        "proration_details": at(item, "proration_details") or {"credited_items": None},
        "type": "subscription" if item else "invoiceitem",
        **({"subscription_item": item["subscription_item"]} if item else {}),
    }


def paid_invoice(world: World, today: Object) -> Object:
    """Of a charge or its payment intent."""
    invoices = world.all("invoice", _intent=today.get("payment_intent", today["id"]))
    return {"invoice": invoices[0]["id"] if invoices else None}


def coupon(world: World, today: Object) -> Object:
    """Of a discount or a promotion code."""
    return {"coupon": world.find("coupon", today.get("source", today.get("promotion"))["coupon"])}


OLD: dict[str, Callable[[World, Object], Object]] = {
    "subscription": subscription,
    "invoice": invoice,
    "line_item": line_item,
    "payment_intent": paid_invoice,
    "charge": paid_invoice,
    "discount": coupon,
    "promotion_code": coupon,
}
