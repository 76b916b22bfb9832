"""Stripe's objects as they were before 2025-03-31 (acacia), for endpoints that still want them.

https://docs.stripe.com/changelog/basil: periods moved to the items, the invoice's subscription to
`parent`, its payments to invoice payments; and later `ui_mode` and coupons moved too.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from .catalog import plan_of
from .world import Object, World

BASIL = "2025-03-31"


def is_old(version: str | None) -> bool:
    return bool(version) and str(version)[:10] < BASIL


def event(world: World, content: Object) -> Object:
    data = content["data"]
    return content | {
        "data": {
            key: previous(value) if key == "previous_attributes" else shape(world, value)
            for key, value in data.items()
        }
    }


def previous(changed: Object) -> Object:
    """Old readers look for the period at the top of what changed."""
    items = (changed.get("items") or {}).get("data")
    if not items:
        return changed
    return changed | {
        "current_period_end": items[0]["current_period_end"],
        "current_period_start": items[0]["current_period_start"],
    }


def shape(world: World, value: Any) -> Any:
    """An object of today in its old shape, with whatever it holds."""
    if isinstance(value, list):
        return [shape(world, item) for item in value]
    if not isinstance(value, dict):
        return value
    made = {key: shape(world, item) for key, item in value.items()}
    change = SHAPES.get(made.get("object", ""))
    if change:
        change(world, made)
    return made


def subscription(world: World, made: Object) -> None:
    items = made["items"]["data"]
    made.update(
        current_period_end=min(item["current_period_end"] for item in items),
        current_period_start=max(item["current_period_start"] for item in items),
        discount=None,
        plan=items[0].get("plan") if len(items) == 1 else None,
        quantity=items[0].get("quantity") if len(items) == 1 else None,
    )
    for item in items:
        del item["current_period_end"], item["current_period_start"]
    for name in ("billing_mode", "billing_schedules", "customer_account", "managed_payments",
                 "status_details"):  # fmt: skip
        made.pop(name, None)


def invoice(world: World, made: Object) -> None:
    details = (made.pop("parent") or {}).get("subscription_details")
    stored = world.find("invoice", made.get("id")) or {}
    intent = world.find("payment_intent", stored.get("_intent"))
    made.update(
        application_fee_amount=None,
        charge=intent["latest_charge"] if intent else None,
        discount=None,
        paid=made["status"] == "paid",
        paid_out_of_band=made.pop("amount_paid_off_stripe") > 0,
        payment_intent=intent["id"] if intent else None,
        quote=None,
        subscription=details["subscription"] if details else None,
        subscription_details={"metadata": details["metadata"] if details else None},
        tax=None,
        total_tax_amounts=[],
        transfer_data=None,
    )
    for name in ("amount_overpaid", "customer_account", "total_taxes", "status_details"):
        made.pop(name, None)
    made["automatic_tax"].pop("provider", None)


def line_item(world: World, made: Object) -> None:
    parent = made.pop("parent") or {}
    item: Any = parent.get("subscription_item_details") or {}
    pricing: Any = made.pop("pricing") or {}
    price = world.find("price", (pricing.get("price_details") or {}).get("price"))
    made.update(
        amount_excluding_tax=made["amount"],
        plan=plan_of(price) if price else None,
        price=copy.deepcopy(price),
        proration=bool(item.get("proration")),
        proration_details=item.get("proration_details") or {"credited_items": None},
        subscription=item.get("subscription"),
        tax_amounts=[],
        tax_rates=[],
        type="subscription" if item else "invoiceitem",
        unit_amount_excluding_tax=pricing.get("unit_amount_decimal"),
    )
    if item:
        made["subscription_item"] = item["subscription_item"]
    for name in ("quantity_decimal", "subtotal", "taxes"):
        made.pop(name, None)


def checkout_session(world: World, made: Object) -> None:
    made["ui_mode"] = "hosted"
    made["shipping_details"] = None
    for name in ("collected_information", "customer_account", "integration_identifier",
                 "managed_payments", "origin_context", "permissions", "wallet_options"):  # fmt: skip
        made.pop(name, None)


def payment_intent(world: World, made: Object) -> None:
    made["invoice"] = invoice_paid_by(world, made["id"])
    for name in ("customer_account", "excluded_payment_method_types"):
        made.pop(name, None)


def charge(world: World, made: Object) -> None:
    made["invoice"] = invoice_paid_by(world, made["payment_intent"])


def invoice_paid_by(world: World, intent: str) -> str | None:
    found = world.all("invoice", _intent=intent)
    return found[0]["id"] if found else None


def discount(world: World, made: Object) -> None:
    made["coupon"] = world.find("coupon", made.pop("source")["coupon"])


def promotion_code(world: World, made: Object) -> None:
    made["coupon"] = world.find("coupon", made.pop("promotion")["coupon"])


SHAPES: dict[str, Callable[[World, Object], None]] = {
    "subscription": subscription,
    "invoice": invoice,
    "line_item": line_item,
    "checkout.session": checkout_session,
    "payment_intent": payment_intent,
    "charge": charge,
    "discount": discount,
    "promotion_code": promotion_code,
}
