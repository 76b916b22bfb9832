"""The API's calls about invoices and invoice items. https://docs.stripe.com/api/invoices"""

from . import collection, customers, errors, invoices, payment_methods, shapes
from .changes import apply, need
from .world import Object, World


def create_item(world: World, params: Object) -> Object:
    """An amount that waits for an invoice: https://docs.stripe.com/api/invoiceitems"""
    customer = customers.of(world, params)
    need(params, "amount")
    now, amount = world.time_for(customer), params["amount"]
    item = shapes.new(
        world, "invoiceitem", amount=amount, net_amount=amount, discountable=amount > 0,
        currency=params.get("currency", "usd"), customer=customer["id"], date=now,
        period={"start": now, "end": now}, test_clock=customer["test_clock"],
    )  # fmt: skip
    apply(item, params, "description")
    return world.add(item, "invoiceitem.created")


def create(world: World, params: Object) -> Object:
    """An invoice of its own: of what waits for the customer's next one, or of nothing."""
    customer = customers.of(world, params)
    currency = params.get("currency") or customer["currency"] or "usd"
    invoice = invoices.draft(world, customer, [], reason="manual", currency=currency)
    invoice["auto_advance"] = False
    if params.get("pending_invoice_items_behavior") == "include":
        invoices.give_lines(invoice, pending_lines(world, customer, invoice["id"]))
        invoices.total_up(world, invoice)
    apply(invoice, params, "description", "footer")
    payment_methods.take_default(world, invoice, params)
    return world.add(invoice, "invoice.created")


def pending_lines(world: World, customer: Object, invoice: str) -> list[Object]:
    """Lines of all that waits for this customer's next invoice; they wait no longer."""
    lines = []
    for item in world.all("invoiceitem", customer=customer["id"], invoice=None):
        amount, words = item["amount"], item["description"]
        parent = invoices.parent("invoice_item_details", invoice_item=item["id"])
        same = {"currency": item["currency"], "parent": parent}
        lines.append(invoices.new_line(world, amount, words, **same))
        item["invoice"] = invoice
    return lines


def pay(world: World, params: Object, id: str) -> Object:
    """https://docs.stripe.com/api/invoices/pay: 402 when the card says no."""
    invoice = world.get("invoice", id)
    if invoice["status"] in ("paid", "void"):
        raise errors.refused(f"invoice_{invoice['status']}")
    if invoice["status"] == "draft":
        invoices.finalize(world, invoice)
    if invoice["status"] == "paid":
        return invoice
    if params.get("paid_out_of_band"):
        collection.settle_outside(world, invoice)
        return invoice
    subscription = invoices.subscription_of(world, invoice)
    method = collection.payment_method_for(world, subscription or invoice)
    if "payment_method" in params:
        method = payment_methods.resolve(world, params["payment_method"])
    if method is None:
        raise errors.refused("nothing_to_pay_with")
    outcome = collection.collect(world, invoice, method, by_hand=True)
    if outcome == "requires_action":
        raise errors.refused("invoice_action")
    if outcome is None:
        intent = world.get("payment_intent", invoice["_intent"])
        raise errors.StripeError(**intent["last_payment_error"], status=402)
    return invoice
