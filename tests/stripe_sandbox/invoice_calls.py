"""The API's calls about invoices. https://docs.stripe.com/api/invoices"""

from . import collection, customers, discounts, errors, invoices, payment_methods, payments
from .changes import apply
from .invoice_items import pending_lines
from .periods import DAY, HOUR
from .resources import page
from .world import Object, World


def create(world: World, params: Object) -> Object:
    """An invoice of its own, or of a subscription's waiting prorations."""
    customer = customers.of(world, params)
    subscription, lines = None, []
    if "subscription" in params:
        subscription = world.get("subscription", params["subscription"], "subscription")
        lines = subscription.pop("_pending_lines", [])
    currency = params.get("currency") or customer["currency"]
    invoice = invoices.draft(
        world,
        customer,
        lines,
        reason="manual",
        subscription=subscription,
        currency=currency or world.account.options["default_currency"],
        collection_method=params.get("collection_method", "charge_automatically"),
    )
    if params.get("pending_invoice_items_behavior") == "include":
        invoices.give_lines(invoice, lines + pending_lines(world, customer, invoice["id"]))
    invoice["discounts"] = discounts.redeem(world, params.get("discounts") or [], customer)
    invoices.recount(world, invoice)
    invoice["auto_advance"] = False
    change(world, invoice, params)
    world.add(invoice, "invoice.created")
    if invoice["auto_advance"]:
        invoice["automatically_finalizes_at"] = invoice["created"] + HOUR
        world.schedule(invoice["created"] + HOUR, "invoice.finalize", invoice)
    return invoice


def change(world: World, invoice: Object, params: Object) -> None:
    apply(invoice, params, "description", "footer", "due_date", "auto_advance")
    payment_methods.take_default(world, invoice, params)
    if "days_until_due" in params:
        invoice["due_date"] = invoice["created"] + params["days_until_due"] * DAY


def update(world: World, params: Object, id: str) -> Object:
    invoice = world.get("invoice", id)
    with world.changing(invoice):
        change(world, invoice, params)
    return invoice


def delete(world: World, params: Object, id: str) -> Object:
    return world.delete(in_state(world, id, "draft"))


def lines(world: World, params: Object, id: str) -> Object:
    invoice = world.get("invoice", id)
    return page(invoice["lines"]["data"], params, f"/v1/invoices/{id}/lines")


def in_state(world: World, id: str, *states: str) -> Object:
    invoice = world.get("invoice", id)
    if invoice["status"] == "paid":
        raise errors.refused("invoice_paid")
    if invoice["status"] not in states:
        wanted = " or ".join(states)
        raise errors.refused("invoice_state", status=invoice["status"], wanted=wanted)
    return invoice


def finalize(world: World, params: Object, id: str) -> Object:
    invoice = invoices.finalize(world, in_state(world, id, "draft"))
    if params.get("auto_advance") and invoice["status"] == "open":
        collection.collect(world, invoice)
    return invoice


def pay(world: World, params: Object, id: str) -> Object:
    """https://docs.stripe.com/api/invoices/pay: 402 when the card says no."""
    invoice = in_state(world, id, "draft", "open", "uncollectible")
    if invoice["status"] == "draft":
        invoices.finalize(world, invoice)
    subscription = invoices.subscription_of(world, invoice)
    if invoice["status"] == "paid":
        return invoice
    if params.get("paid_out_of_band"):
        invoices.mark_paid(world, invoice, paid_elsewhere=True)
        collection.became_active(world, subscription, invoice)
        return invoice
    method = collection.payment_method_for(world, subscription or invoice)
    if "payment_method" in params:
        method = payment_methods.resolve(world, params["payment_method"])
    if method is None:
        raise errors.refused("nothing_to_pay_with")
    outcome = collection.collect(world, invoice, method, by_hand=True)
    if outcome == "requires_action":
        raise errors.refused("invoice_action")
    if outcome is None:
        raise payments.last_error(world.get("payment_intent", invoice["_intent"]))
    return invoice


def void(world: World, params: Object, id: str) -> Object:
    return invoices.close(world, in_state(world, id, "open", "uncollectible"), "void")


def mark_uncollectible(world: World, params: Object, id: str) -> Object:
    return invoices.close(world, in_state(world, id, "open"), "uncollectible")


def send(world: World, params: Object, id: str) -> Object:
    invoice = in_state(world, id, "draft", "open")
    if invoice["status"] == "draft":
        invoices.finalize(world, invoice)
    world.emit("invoice.sent", invoice)
    return invoice
