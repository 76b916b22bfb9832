"""A customer and the cards on file into their row: brand and last four, never more (R14, R29)."""

from typing import Any

from billing.models import Customer
from billing.stripe_api.objects import StripeObject, default_payment_method_of, project_card
from billing.sync.customer_state import Books

# More than anybody has; a bound for a row that a stranger's script could otherwise let grow.
MOST_CARDS = 20


def apply_customer(books: Books, customer: StripeObject, *, created: int | None) -> str:
    """Apply which payment method a customer's invoices are charged to; return "" or "older"."""
    row = books.customer
    default = default_payment_method_of(customer)
    if created is not None:
        if (created, default) < (row.last_event, row.default_payment_method_id):
            return "older"
        row.last_event = created
    row.default_payment_method_id = default
    books.change(row)
    return ""


def apply_customer_deletion(books: Books) -> str:
    """Mark a customer as deleted at Stripe, which is final: all its subscriptions are over."""
    books.customer.deleted_at_stripe = True
    books.change(books.customer)
    return ""


def apply_card(
    books: Books, payment_method: StripeObject, *, created: int | None, detached: bool = False
) -> str:
    """Apply a payment method's brand and last four, or that it is gone; return "" or "older"."""
    row, stripe_id = books.customer, str(payment_method["id"])
    known = row.cards.get(stripe_id, {"event": 0})
    event = known["event"] if created is None else created
    brand, last4 = ("", "") if detached else project_card(payment_method)
    if (event, brand, last4) < (known["event"], known.get("brand", ""), known.get("last4", "")):
        return "older"
    card = {"event": event, "brand": brand, "last4": last4}
    row.cards = newest({**row.cards, stripe_id: card})
    books.change(row)
    return ""


def newest(cards: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    ordered = sorted(cards.items(), key=lambda entry: (entry[1]["event"], entry[0]))
    return dict(ordered[-MOST_CARDS:])


def choose_card(books: Books) -> None:
    """Show the card that is charged next: the live subscription's own, else the customer's."""
    row = books.customer
    brand, last4 = charged_card(row, books)
    if (row.card_brand, row.card_last4) != (brand, last4):
        row.card_brand, row.card_last4 = brand, last4
        books.change(row)


def charged_card(row: Customer, books: Books) -> tuple[str, str]:
    """Return brand and last four of the card in charge, empty where it isn't known."""
    own = [
        subscription.default_payment_method_id
        for subscription in books.subscriptions.values()
        if subscription.customer_id == row.pk and not subscription.is_final
    ]
    for stripe_id in [*sorted(own, reverse=True), row.default_payment_method_id]:
        card = row.cards.get(stripe_id)
        if card and card["brand"]:
            return card["brand"], card["last4"]
    return "", ""
