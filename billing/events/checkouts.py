"""Events of Checkout sessions: where a purchase stands."""

from billing.events.event import Event
from billing.models import Notice
from billing.sync.books import Books
from billing.sync.checkouts import apply_checkout_session
from billing.sync.notices import note


def checkout_completed(books: Books, event: Event) -> str:
    """Sent when someone finished Checkout. Unpaid (a bank debit) it is pending and grants nothing."""
    return apply_checkout_session(books, event.object)


def async_payment_succeeded(books: Books, event: Event) -> str:
    """Sent days later, when a bank debit came through. Now the subscription grants."""
    return apply_checkout_session(books, event.object)


def async_payment_failed(books: Books, event: Event) -> str:
    """Sent days later, when a bank debit bounced. Nothing was granted; the member is told."""
    reason = apply_checkout_session(books, event.object, failed=True)
    if not reason:
        note(books, Notice.Kind.PAYMENT_FAILED, event.id)
    return reason


def checkout_expired(books: Books, event: Event) -> str:
    """Sent when a session ran out or was expired. The next click makes a new one."""
    return apply_checkout_session(books, event.object)
