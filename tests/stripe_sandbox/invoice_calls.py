"""The API's calls about invoices. https://docs.stripe.com/api/invoices"""

from __future__ import annotations

from . import collection, customers, discounts, errors, invoices, payment_methods, payments
from .changes import apply
from .invoice_items import pending_lines
from .listing import page, wrap
from .periods import DAY, HOUR
from .world import Object, World

NO_METHOD = (
    "There is no `default_payment_method` set on this Customer or Invoice. Please attach a "
    "PaymentMethod to pay this Invoice."
)
ACTION_NEEDED = (
    "This payment requires additional user action before it can be completed successfully. Payment "
    "can be completed using the PaymentIntent associated with the invoice."
)


def create(world: World, params: Object) -> Object:
    """An invoice of its own, or of a subscription's waiting prorations."""
    if "customer" not in params:
        raise errors.missing("customer")
    customer = customers.alive(world, params["customer"], "customer")
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
        lines = lines + pending_lines(world, customer, invoice["id"])
        invoice["lines"] = wrap(lines, invoice["lines"]["url"])
        for line in lines:
            line["invoice"] = invoice["id"]
    invoice["discounts"] = discounts.redeem(world, params.get("discounts") or [], customer)
    invoices.recount(world, invoice)
    invoice["auto_advance"] = False
    change(world, invoice, params)
    invoices.save(world, invoice)
    if invoice["auto_advance"]:
        invoice["automatically_finalizes_at"] = invoice["created"] + HOUR
        world.schedule(invoice["created"] + HOUR, "invoice.finalize", invoice)
    return invoice


def change(world: World, invoice: Object, params: Object) -> None:
    apply(invoice, params, ("description", "footer", "due_date", "auto_advance"))
    if params.get("default_payment_method"):
        id = params["default_payment_method"]
        world.get("payment_method", id, "default_payment_method")
        invoice["default_payment_method"] = id
    if "days_until_due" in params:
        invoice["due_date"] = invoice["created"] + params["days_until_due"] * DAY


def update(world: World, params: Object, id: str) -> Object:
    invoice = world.get("invoice", id)
    with world.changing(invoice, "invoice.updated"):
        change(world, invoice, params)
    return invoice


def delete(world: World, params: Object, id: str) -> Object:
    return world.delete(in_state(world, id, "draft"), "invoice.deleted")


def is_of_subscription(world: World, params: Object, invoice: Object) -> bool:
    details = (invoice["parent"] or {}).get("subscription_details") or {}
    return params.get("subscription") in (None, details.get("subscription"))


def lines(world: World, params: Object, id: str) -> Object:
    invoice = world.get("invoice", id)
    return page(invoice["lines"]["data"], params, f"/v1/invoices/{id}/lines")


def in_state(world: World, id: str, *states: str) -> Object:
    invoice = world.get("invoice", id)
    if invoice["status"] == "paid":
        raise errors.StripeError("Invoice is already paid", code="invoice_already_paid")
    if invoice["status"] not in states:
        wanted = " or ".join(states)
        message = f"This invoice is {invoice['status']}; it would have to be {wanted}."
        raise errors.StripeError(message, code="invoice_not_editable")
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
        collection.became_active(world, subscription, invoice, "customer.subscription.updated")
        return invoice
    method = collection.payment_method_for(world, subscription or invoice)
    if "payment_method" in params:
        method = payment_methods.resolve(world, params["payment_method"])
    if method is None:
        raise errors.StripeError(NO_METHOD, code="resource_missing")
    outcome = collection.collect(world, invoice, payment_method=method, by_hand=True)
    if outcome == "requires_action":
        code = "invoice_payment_intent_requires_action"
        raise errors.StripeError(ACTION_NEEDED, status=402, type="card_error", code=code)
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


def is_payment_wanted(world: World, params: Object, payment: Object) -> bool:
    wanted = (params.get("payment") or {}).get("payment_intent")
    return wanted in (None, payment["payment"]["payment_intent"])
