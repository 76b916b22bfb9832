"""Invoice items: amounts that wait for an invoice. https://docs.stripe.com/api/invoiceitems"""

from . import catalog, customers, shapes
from .changes import apply, need
from .invoice_lines import line, pricing, product_name
from .world import Object, World


def create(world: World, params: Object) -> Object:
    customer = customers.of(world, params)
    price, quantity = None, params.get("quantity", 1)
    if "pricing" in params or "price_data" in params:
        wanted = {**(params.get("pricing") or {}), **params}
        price = catalog.sold(world, wanted, "pricing", recurring_only=False)
    else:
        need(params, "amount")
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
    apply(item, params, "description")
    return world.add(item, "invoiceitem.created")


def pending_lines(world: World, customer: Object, invoice: str) -> list[Object]:
    """Lines of all that waits for this customer's next invoice; they wait no longer."""
    lines = []
    for item in world.all("invoiceitem", customer=customer["id"], invoice=None):
        details = {"invoice_item": item["id"], "proration": False, "proration_details": None}
        details["subscription"], kind = None, "invoice_item_details"
        same = {name: item[name] for name in ("currency", "pricing", "quantity")}
        made = line(world, None, item["amount"], item["description"]) | same
        parent = {"subscription_item_details": None, "type": kind, kind: details}
        lines.append(made | {"parent": parent, "quantity_decimal": str(item["quantity"])})
        item["invoice"] = invoice
    return lines


def is_wanted(world: World, params: Object, item: Object) -> bool:
    pending = params.get("pending")
    return pending is None or (item["invoice"] is None) == pending
