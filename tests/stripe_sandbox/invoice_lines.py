"""The lines of an invoice, and its sums. https://docs.stripe.com/api/invoice-line-item/object"""

from typing import Any

from . import shapes
from .discounts import amount_off
from .periods import prorated
from .words import day, price_text
from .world import Object, World


def product_name(world: World, price: Object) -> str:
    product = world.find("product", price["product"])
    return product["name"] if product else price["product"]


def line(world: World, price: Object | None, amount: int, words: str, **fields: Any) -> Object:
    quantity = fields.setdefault("quantity", 1)
    now, details = world.now(), price and pricing(price)
    if price:
        fields["currency"] = price["currency"]
    return shapes.new(
        world, "line_item", amount=amount, subtotal=amount, description=words, pricing=details,
        quantity_decimal=str(quantity), **{"period": {"start": now, "end": now}, **fields},
    )  # fmt: skip


def pricing(price: Object) -> Object:
    return {
        "price_details": {"price": price["id"], "product": price["product"]},
        "type": "price_details",
        "unit_amount_decimal": price["unit_amount_decimal"],
    }


def item_line(world: World, item: Object, *, trial: bool = False) -> Object:
    """The period of a subscription item; in a trial it costs nothing but is listed."""
    name, quantity = product_name(world, item["price"]), item.get("quantity") or 1
    words = f"{quantity} × {name} (at {price_text(item['price'])})"
    if trial:
        return subscription_line(world, item, 0, f"Trial period for {name}")
    return subscription_line(world, item, item["price"]["unit_amount"] * quantity, words)


def subscription_line(
    world: World, item: Object, amount: int, words: str, *, prorated_from: int | None = None
) -> Object:
    start = prorated_from or item["current_period_start"]
    kind, proration = "subscription_item_details", prorated_from is not None
    details = {"invoice_item": None, "proration": proration, "subscription_item": item["id"]}
    details["proration_details"] = {"credited_items": None}
    details["subscription"] = item["subscription"]
    return line(
        world, item["price"], amount, words, quantity=item.get("quantity") or 1,
        period={"start": start, "end": item["current_period_end"]}, discountable=not proration,
        parent={"invoice_item_details": None, "type": kind, kind: details},
        subscription=item["subscription"],
    )  # fmt: skip


def proration_lines(world: World, old: Object, new: Object | None, moment: int) -> list[Object]:
    """Credit for the unused time of the old item, debit for the rest of the period at the new.

    https://docs.stripe.com/billing/subscriptions/prorations
    """
    start, end = old["current_period_start"], old["current_period_end"]

    def part(item: Object, sign: int, words: str) -> Object:
        count = item.get("quantity") or 0
        amount = sign * prorated(item["price"]["unit_amount"] * count, start, end, moment)
        name = f"{count} × " * (count > 1) + product_name(world, item["price"])
        words = f"{words} {name} after {day(moment)}"
        item = item | {"current_period_end": end}
        return subscription_line(world, item, amount, words, prorated_from=moment)

    lines = [part(old, -1, "Unused time on")]
    if new is not None and new["current_period_end"] == end:
        lines.append(part(new, 1, "Remaining time on"))
    return [made for made in lines if made["amount"]]


def total_up(invoice: Object, discounts: list[Object], balance: int) -> None:
    """Sums of an invoice, after discounts and the customer's balance.

    A positive balance is owed by the customer, a negative one is credit.
    """
    lines = invoice["lines"]["data"]
    for made in lines:
        made["discount_amounts"] = []
    taken = [{"amount": spread(lines, found), "discount": found["id"]} for found in discounts]
    subtotal = sum(made["amount"] for made in lines)
    total = subtotal - sum(entry["amount"] for entry in taken)
    due = max(total + balance, 0)
    invoice.update(discounts=[found["id"] for found in discounts], total_discount_amounts=taken)
    invoice.update(subtotal=subtotal, subtotal_excluding_tax=subtotal, total=total)
    invoice.update(total_excluding_tax=total, starting_balance=balance, amount_due=due)
    invoice["amount_remaining"] = due - invoice["amount_paid"]


def spread(lines: list[Object], discount: Object) -> int:
    """Take a discount off the lines that allow one; returns what it came to."""
    open_lines = [made for made in lines if made["discountable"] and left(made) > 0]
    available = sum(map(left, open_lines))
    wanted, taken = amount_off(discount["_coupon"], available), 0
    for made in open_lines:
        is_last = made is open_lines[-1]
        share: Any = wanted - taken if is_last else round(wanted * left(made) / available)
        made["discount_amounts"].append({"amount": share, "discount": discount["id"]})
        taken += share
    return taken


def left(made: Object) -> int:
    return int(made["amount"] - sum(entry["amount"] for entry in made["discount_amounts"]))
