"""Invoices, their lines and sums. https://docs.stripe.com/billing/invoices/workflow"""

from typing import Any

from . import catalog, shapes
from .identifiers import random_text
from .payments import new_intent
from .periods import prorated
from .resources import at, present, wrap
from .words import day, price_text
from .world import Object, World

# How an invoice may end unpaid: the stamp and the event.
CLOSED = {
    "void": ("voided_at", "invoice.voided"),
    "uncollectible": ("marked_uncollectible_at", "invoice.marked_uncollectible"),
}


def draft(
    world: World, customer: Object, lines: list[Object], *, reason: str,
    period: tuple[int, int] | None = None, subscription: Object | None = None, **fields: Any,
) -> Object:  # fmt: skip
    """A draft, neither stored nor announced yet."""
    now = world.time_for(customer)
    start, end = period or (now, now)
    facts = ("address", "email", "name", "phone", "shipping", "tax_exempt")
    invoice = shapes.new(
        world, "invoice", account_name=world.account.display_name, billing_reason=reason,
        customer=customer["id"], period_start=start, period_end=end,
        test_clock=customer["test_clock"],
        **{f"customer_{name}": customer[name] for name in facts}, **fields,
        _secret=random_text(40), _intent=None,
    )  # fmt: skip
    give_lines(invoice, lines)
    if subscription:
        details = {"metadata": dict(subscription["metadata"]), "subscription": subscription["id"]}
        kind = "subscription_details"
        invoice["parent"] = {"quote_details": None, "type": kind, kind: details}
    total_up(world, invoice)
    return invoice


def draft_of(world: World, subscription: Object, lines: list[Object], **more: Any) -> Object:
    """A subscription's invoice, with what has waited for the next one."""
    customer = world.get("customer", subscription["customer"])
    more |= {"subscription": subscription, "currency": subscription["currency"]}
    return draft(world, customer, subscription.pop("_pending_lines", []) + lines, **more)


def give_lines(invoice: Object, lines: list[Object]) -> Object:
    for line in lines:
        line["invoice"] = invoice["id"]
    invoice["lines"] = wrap(lines, f"/v1/invoices/{invoice['id']}/lines")
    return invoice


def subscription_of(world: World, invoice: Object) -> Object | None:
    return world.find("subscription", at(invoice, "parent.subscription_details.subscription"))


def finalize(world: World, invoice: Object) -> None:
    """Give it a number and its payment intent; one that asks for nothing is paid at once."""
    customer = world.get("customer", invoice["customer"])
    now = world.time_for(customer)
    total_up(world, invoice)
    number = f"{customer['invoice_prefix']}-{customer['next_invoice_sequence']:04d}"
    customer["next_invoice_sequence"] += 1
    balance = invoice["starting_balance"] + invoice["total"] - invoice["amount_due"]
    world.change(customer, balance=balance)
    page = f"{world.account.base_url()}/i/{world.account.id}/{invoice['_secret']}"
    invoice.update(status="open", number=number, auto_advance=True, ending_balance=balance)
    invoice.update(hosted_invoice_url=page, invoice_pdf=f"{page}/pdf", effective_at=now)
    invoice["automatically_finalizes_at"] = None
    invoice["status_transitions"]["finalized_at"] = now
    world.emit("invoice.finalized", invoice)
    if invoice["amount_due"] > 0:
        attach_intent(world, invoice)
    else:
        mark_paid(world, invoice)


def attach_intent(world: World, invoice: Object) -> None:
    """An invoice payment ties the two: https://docs.stripe.com/api/invoice-payment/object"""
    amount, currency = invoice["amount_due"], invoice["currency"]
    intent = new_intent(world, amount, currency, invoice["customer"])
    intent["description"] = f"Payment for Invoice {invoice['number']}"
    invoice["_intent"] = intent["id"]
    made = shapes.new(world, "invoice_payment", amount_requested=amount, currency=currency)
    made["payment"] = {"type": "payment_intent", "payment_intent": intent["id"]}
    world.add(made | {"invoice": invoice["id"], "created": world.time_for(invoice)})


def mark_paid(world: World, invoice: Object) -> None:
    now, paid = world.time_for(invoice), invoice["amount_remaining"]
    with world.changing(invoice):
        invoice.update(status="paid", attempted=True, auto_advance=False, amount_remaining=0)
        invoice.update(amount_paid=invoice["amount_paid"] + paid, next_payment_attempt=None)
        invoice["status_transitions"]["paid_at"] = now
    for payment in world.all("invoice_payment", invoice=invoice["id"], status="open"):
        payment.update(status="paid", amount_paid=paid)
        payment["status_transitions"]["paid_at"] = now
        world.emit("invoice_payment.paid", payment)
    world.emit("invoice.paid", invoice)
    world.emit("invoice.payment_succeeded", invoice)


def close(world: World, invoice: Object, status: str) -> None:
    """Void it, or mark it uncollectible."""
    stamp, event = CLOSED[status]
    with world.changing(invoice):
        invoice.update(status=status, auto_advance=False, next_payment_attempt=None)
        invoice["status_transitions"][stamp] = world.time_for(invoice)
        if status == "void":
            invoice["amount_remaining"] = 0
    if status == "void":
        cancel_intent(world, invoice, "void_invoice")
    world.emit(event, invoice)


def cancel_intent(world: World, invoice: Object, reason: str) -> None:
    intent = world.find("payment_intent", invoice["_intent"])
    if intent and intent["status"] != "succeeded":
        intent.update(status="canceled", canceled_at=world.time_for(invoice))
        intent["cancellation_reason"] = reason
        world.emit("payment_intent.canceled", intent)


def payments_of(world: World, invoice: Object) -> Object:
    made = world.all("invoice_payment", invoice=invoice["id"])
    return wrap(map(present, made), f"/v1/invoice_payments?invoice={invoice['id']}")


# Lines: https://docs.stripe.com/api/invoice-line-item/object


def new_line(world: World, amount: int, words: str, **fields: Any) -> Object:
    fields.setdefault("period", {"start": world.now(), "end": world.now()})
    return shapes.new(
        world, "line_item", amount=amount, subtotal=amount, description=words,
        quantity_decimal=str(fields.get("quantity", 1)), **fields,
    )  # fmt: skip


def item_line(world: World, item: Object, *, trial: bool = False, whole: int = 0) -> Object:
    """The period of a subscription item; in a trial it costs nothing but is listed.

    `whole` is where the period would end that a fixed term cuts short, and charges in part.
    """
    name, quantity = product_name(world, item["price"]), item.get("quantity") or 1
    if trial:
        return subscription_line(world, item, 0, f"Trial period for {name}")
    words = f"{quantity} × {name} (at {price_text(item['price'])})"
    amount = item["price"]["unit_amount"] * quantity
    start, end = item["current_period_start"], item["current_period_end"]
    part = amount - prorated(amount, start, whole, end) if whole else amount
    return subscription_line(world, item, part, words)


def product_name(world: World, price: Object) -> str:
    product = world.find("product", price["product"])
    return product["name"] if product else price["product"]


def subscription_line(
    world: World, item: Object, amount: int, words: str, *, prorated_from: int | None = None
) -> Object:
    price, proration, subscription = item["price"], prorated_from is not None, item["subscription"]
    start, end = prorated_from or item["current_period_start"], item["current_period_end"]
    details = {"subscription": subscription, "subscription_item": item["id"]}
    pricing = {
        "price_details": {"price": price["id"], "product": price["product"]},
        "type": "price_details", "unit_amount_decimal": price["unit_amount_decimal"],
    }  # fmt: skip
    return new_line(
        world, amount, words, currency=price["currency"], quantity=item.get("quantity") or 1,
        period={"start": start, "end": end}, discountable=not proration, pricing=pricing,
        parent=parent("subscription_item_details", proration=proration, **details),
        subscription=subscription,
    )  # fmt: skip


def parent(kind: str, **details: Any) -> Object:
    """What a line comes from."""
    known = shapes.at_rest("line_parent")
    return {**dict.fromkeys(known), "type": kind, kind: known[kind] | details}


def proration_lines(world: World, old: Object, new: Object | None, moment: int) -> list[Object]:
    """Credit for the unused time of the old item, debit for the rest of the period at the new.

    https://docs.stripe.com/billing/subscriptions/prorations
    """
    start, end = old["current_period_start"], old["current_period_end"]
    parts = [(old, -1, "Unused time on")]
    if new is not None and new["current_period_end"] == end:
        parts.append((new, 1, "Remaining time on"))
    lines = []
    for item, sign, words in parts:
        count = item.get("quantity") or 0
        amount = sign * prorated(item["price"]["unit_amount"] * count, start, end, moment)
        name = f"{count} × " * (count > 1) + product_name(world, item["price"])
        part = item | {"current_period_end": end}
        told = f"{words} {name} after {day(moment)}"
        lines.append(subscription_line(world, part, amount, told, prorated_from=moment))
    return [line for line in lines if line["amount"]]


def remaining_line(world: World, item: Object, moment: int) -> Object:
    """The rest of a period that wasn't charged in whole."""
    start, end = item["current_period_start"], item["current_period_end"]
    amount = prorated(item["price"]["unit_amount"] * item["quantity"], start, end, moment)
    words = f"Remaining time on {product_name(world, item['price'])} after {day(moment)}"
    return subscription_line(world, item, amount, words, prorated_from=moment)


# Sums


def total_up(world: World, invoice: Object) -> None:
    """Sums of an invoice, after discounts and the customer's balance.

    A positive balance is owed by the customer, a negative one is credit.
    """
    lines, discounts = invoice["lines"]["data"], catalog.discounts_of(world, invoice)
    balance = world.get("customer", invoice["customer"]).get("balance", 0)
    for line in lines:
        line["discount_amounts"] = []
    taken = [{"amount": spread(lines, found), "discount": found["id"]} for found in discounts]
    subtotal = sum(line["amount"] for line in lines)
    total = subtotal - sum(entry["amount"] for entry in taken)
    due = max(total + balance, 0)
    invoice.update(discounts=[found["id"] for found in discounts], total_discount_amounts=taken)
    invoice.update(subtotal=subtotal, subtotal_excluding_tax=subtotal, total=total)
    invoice.update(total_excluding_tax=total, starting_balance=balance, amount_due=due)
    invoice["amount_remaining"] = due - invoice["amount_paid"]


def spread(lines: list[Object], discount: Object) -> int:
    """Take a discount off the lines that allow one; returns what it came to."""
    open_lines = [line for line in lines if line["discountable"] and left(line) > 0]
    available = sum(map(left, open_lines))
    wanted, taken = catalog.amount_off(discount["_coupon"], available), 0
    for line in open_lines:
        is_last = line is open_lines[-1]
        share: Any = wanted - taken if is_last else round(wanted * left(line) / available)
        line["discount_amounts"].append({"amount": share, "discount": discount["id"]})
        taken += share
    return taken


def left(line: Object) -> int:
    return int(line["amount"] - sum(entry["amount"] for entry in line["discount_amounts"]))
