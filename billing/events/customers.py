"""Events of customers and their payment methods: the card on file follows (R14)."""

from billing.events.event import Event
from billing.sync.books import Books
from billing.sync.customers import apply_card, apply_customer, apply_customer_deletion


def customer_updated(books: Books, event: Event) -> str:
    """Sent when a customer changes, his default payment method too. The account shows that card."""
    return apply_customer(books, event.object, created=event.created)


def customer_deleted(books: Books, event: Event) -> str:
    """Sent when the tenant deletes a customer. All his subscriptions are over; a new checkout
    makes a new customer."""
    return apply_customer_deletion(books)


def payment_method_attached(books: Books, event: Event) -> str:
    """Sent when a card is put on file, at Checkout or in the portal."""
    return apply_card(books, event.object, created=event.created)


def payment_method_updated(books: Books, event: Event) -> str:
    """Sent when the member or the tenant changed a card."""
    return apply_card(books, event.object, created=event.created)


def payment_method_automatically_updated(books: Books, event: Event) -> str:
    """Sent when the card's bank gave out a new number. The account shows the new last four."""
    return apply_card(books, event.object, created=event.created)


def payment_method_detached(books: Books, event: Event) -> str:
    """Sent when a card is taken off file. The account shows it no longer."""
    return apply_card(books, event.object, created=event.created, detached=True)
