"""Events of invoices: the row follows, and what failed is told."""

from billing.events.event import Event
from billing.models import Invoice, Notice
from billing.status import FIRST_INVOICE, SAME_ATTEMPT, is_final
from billing.sync.books import Books
from billing.sync.invoices import apply_invoice
from billing.sync.notices import note_failed_payment


def invoice_paid(books: Books, event: Event) -> str:
    """Sent when an invoice is paid, also outside Stripe. Ends the flag that a failure has set."""
    return apply_invoice(books, event.object, created=event.created)


def invoice_payment_succeeded(books: Books, event: Event) -> str:
    """Sent beside `invoice.paid` when a charge succeeded. The same for us."""
    return apply_invoice(books, event.object, created=event.created)


def invoice_payment_failed(books: Books, event: Event) -> str:
    """Sent at each failed attempt. Flags an active subscription past due; mails how to pay.

    A declined first payment is told by Checkout's own page, and flags nothing (rule B10).
    """
    reason = apply_invoice(books, event.object, created=event.created, failure="failed")
    row = books.invoices[str(event.object["id"])]
    # The bank's question about the same attempt is a mail of its own.
    asks_bank = 0 <= event.created - row.action_required_event <= SAME_ATTEMPT
    if is_owed(books, row) and row.billing_reason != FIRST_INVOICE and not asks_bank:
        note_failed_payment(books, Notice.Kind.PAYMENT_FAILED, event.id, event.object)
    return reason


def invoice_payment_action_required(books: Books, event: Event) -> str:
    """Sent when the member's bank wants him to confirm a payment. Mails the link for it."""
    reason = apply_invoice(books, event.object, created=event.created, failure="action_required")
    row = books.invoices[str(event.object["id"])]
    if is_owed(books, row):
        note_failed_payment(books, Notice.Kind.ACTION_REQUIRED, event.id, event.object)
    return reason


def is_owed(books: Books, row: Invoice) -> bool:
    """Return whether an invoice is still to be paid, for a subscription that hasn't ended."""
    subscription = books.subscriptions.get(row.subscription_id_at_stripe)
    if row.status != "open" or not row.subscription_id_at_stripe:
        return False
    return subscription is None or not is_final(subscription.status_at_stripe)
