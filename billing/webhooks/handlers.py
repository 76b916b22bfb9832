"""The handlers, and the registry of which takes which event: also the list endpoints are made with."""

from collections.abc import Callable, Mapping

from billing.models import Invoice, Notice
from billing.subscription_status import FIRST_INVOICE, SAME_ATTEMPT, Status, is_final
from billing.sync.checkout_rows import apply_checkout_session
from billing.sync.customer_rows import apply_card, apply_customer, apply_customer_deletion
from billing.sync.customer_state import Books
from billing.sync.invoice_rows import apply_invoice
from billing.sync.notices import note, note_failed_payment
from billing.sync.subscription_rows import apply_subscription
from billing.webhooks.event import Event


def subscription_created(books: Books, event: Event) -> str:
    """Sent when a subscription begins, often still incomplete. Grants as its status says."""
    return apply_subscription(books, event.object, created=event.created)


def subscription_updated(books: Books, event: Event) -> str:
    """Sent at every change: renewed, switched, past due, set to cancel. The member follows."""
    return apply_subscription(books, event.object, created=event.created)


def subscription_deleted(books: Books, event: Event) -> str:
    """Sent when a subscription has ended, for whatever cause. Pro is over, and that is final.

    One that isn't known leaves a tombstone, so that nothing older brings it to life.
    """
    return apply_subscription(books, event.object, created=event.created)


def subscription_paused(books: Books, event: Event) -> str:
    """Sent when a trial ends without a card, or after the pause call. Paused isn't Pro."""
    return apply_subscription(books, event.object, created=event.created)


def subscription_resumed(books: Books, event: Event) -> str:
    """Sent when a paused subscription goes on. The member is Pro again as its status says."""
    return apply_subscription(books, event.object, created=event.created)


def trial_will_end(books: Books, event: Event) -> str:
    """Sent three days before a trial ends. The member is told the day, unless it ends there."""
    reason = apply_subscription(books, event.object, created=event.created)
    row = books.subscriptions.get(str(event.object["id"]))
    is_trial = row and row.status_at_stripe == Status.TRIALING
    if row and is_trial and not row.cancellation.is_with_period and books.is_for_pro(row):
        note(books, Notice.Kind.TRIAL_ENDING, event.id, until=row.trial_end)
    return reason


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


# Applies an event to a member's books; returns "" or a code of why it changes nothing.
Handler = Callable[[Books, Event], str]

HANDLERS: Mapping[str, Handler] = {
    "customer.subscription.created": subscription_created,
    "customer.subscription.updated": subscription_updated,
    "customer.subscription.deleted": subscription_deleted,
    "customer.subscription.paused": subscription_paused,
    "customer.subscription.resumed": subscription_resumed,
    "customer.subscription.trial_will_end": trial_will_end,
    "invoice.paid": invoice_paid,
    "invoice.payment_succeeded": invoice_payment_succeeded,
    "invoice.payment_failed": invoice_payment_failed,
    "invoice.payment_action_required": invoice_payment_action_required,
    "payment_method.attached": payment_method_attached,
    "payment_method.updated": payment_method_updated,
    "payment_method.automatically_updated": payment_method_automatically_updated,
    "payment_method.detached": payment_method_detached,
    "checkout.session.completed": checkout_completed,
    "checkout.session.async_payment_succeeded": async_payment_succeeded,
    "checkout.session.async_payment_failed": async_payment_failed,
    "checkout.session.expired": checkout_expired,
    "customer.updated": customer_updated,
    "customer.deleted": customer_deleted,
}

# These change nothing by themselves, but the tenant should know (rule B10): sent when a cardholder
# disputes a payment at his bank, and when a payment was refunded.
TENANT_NOTICES: Mapping[str, Notice.Kind] = {
    "charge.dispute.created": Notice.Kind.DISPUTE,
    "charge.refunded": Notice.Kind.REFUND,
}

EVENT_TYPES: tuple[str, ...] = (*HANDLERS, *TENANT_NOTICES)
