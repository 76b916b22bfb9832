"""Invoice items: amounts that wait for an invoice. https://docs.stripe.com/api/invoiceitems"""

from __future__ import annotations

from . import catalog, customers, errors, shapes
from .changes import apply
from .invoice_lines import line, pricing, product_name
from .world import Object, World


def create(world: World, params: Object) -> Object:
    if "customer" not in params:
        raise errors.missing("customer")
    customer = customers.alive(world, params["customer"], "customer")
    price, quantity = None, params.get("quantity", 1)
    if "pricing" in params or "price_data" in params:
        wanted = {**(params.get("pricing") or {}), **params}
        price = catalog.sold(world, wanted, "pricing", recurring_only=False)
    if price is None and "amount" not in params:
        raise errors.missing("amount")
    amount = price["unit_amount"] * quantity if price else params["amount"]
    now = world.time_for(customer)
    item = shapes.new(
        world,
        "invoiceitem",
        amount=amount,
        currency=price["currency"] if price else params.get("currency", "usd"),
        customer=customer["id"],
        date=now,
        description=price and product_name(world, price),
        discountable=amount > 0,
        net_amount=amount,
        period={"start": now, "end": now},
        pricing=price and pricing(price),
        quantity=quantity,
        quantity_decimal=str(quantity),
        test_clock=customer["test_clock"],
    )
    apply(item, params, ("description",))
    return world.add(item, "invoiceitem.created")


def pending_lines(world: World, customer: Object, invoice: str) -> list[Object]:
    """Lines of all that waits for this customer's next invoice; they wait no longer."""
    lines = []
    for item in world.all("invoiceitem", customer=customer["id"], invoice=None):
        made = line(world, item["amount"], item["currency"], item["description"], item["quantity"])
        details = {"invoice_item": item["id"], "proration": False, "proration_details": None}
        parent: Object = {"invoice_item_details": {**details, "subscription": None}}
        parent |= {"subscription_item_details": None, "type": "invoice_item_details"}
        lines.append(made | {"parent": parent, "pricing": item["pricing"]})
        item["invoice"] = invoice
    return lines


def update(world: World, params: Object, id: str) -> Object:
    item = world.get("invoiceitem", id)
    apply(item, params, ("description", "amount"))
    return item


def delete(world: World, params: Object, id: str) -> Object:
    return world.delete(world.get("invoiceitem", id), "invoiceitem.deleted")


def is_wanted(world: World, params: Object, item: Object) -> bool:
    pending = params.get("pending")
    return pending is None or (item["invoice"] is None) == pending
