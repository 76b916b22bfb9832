"""The handlers, and the registry of which takes which event: also the list endpoints are made with."""

from collections.abc import Callable, Mapping

from billing.models import Invoice, Notice
from billing.renewal import next_charge
from billing.subscription_status import FIRST_INVOICE, SAME_ATTEMPT, STATUSES
from billing.sync.checkout_rows import apply_checkout_session
from billing.sync.customer_rows import apply_card, apply_customer, apply_customer_deletion
from billing.sync.customer_state import Books
from billing.sync.invoice_rows import apply_invoice
from billing.sync.notices import note, note_failed_payment
from billing.sync.subscription_rows import apply_subscription
from billing.webhooks.event import Event


def subscription_changed(books: Books, event: Event) -> str:
    return apply_subscription(books, event.object, created=event.created)


def trial_will_end(books: Books, event: Event) -> str:
    """Note a mail with the day of the first charge, unless nothing is charged then."""
    reason = subscription_changed(books, event)
    row = books.subscriptions.get(str(event.object["id"]))
    items = books.items_for_pro(row) if row else []
    charge = next_charge(row, items, status=row.status_at_stripe) if row and items else None
    if charge and charge.is_first:
        note(books, Notice.Kind.TRIAL_ENDING, event.id, until=charge.at)
    return reason


def invoice_changed(books: Books, event: Event) -> str:
    return apply_invoice(books, event.object, created=event.created)


def invoice_payment_failed(books: Books, event: Event) -> str:
    """Note the failure, and a mail with the page to pay at.

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
    """Note that the bank waits, and a mail with the page to confirm at."""
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
    return subscription is None or not STATUSES[subscription.status_at_stripe].is_final


def card_changed(books: Books, event: Event) -> str:
    return apply_card(books, event.object, created=event.created)


def card_detached(books: Books, event: Event) -> str:
    return apply_card(books, event.object, created=event.created, detached=True)


def checkout_changed(books: Books, event: Event) -> str:
    return apply_checkout_session(books, event.object)


def checkout_payment_failed(books: Books, event: Event) -> str:
    reason = apply_checkout_session(books, event.object, failed=True)
    if not reason:
        note(books, Notice.Kind.PAYMENT_FAILED, event.id)
    return reason


def customer_updated(books: Books, event: Event) -> str:
    return apply_customer(books, event.object, created=event.created)


def customer_deleted(books: Books, event: Event) -> str:
    return apply_customer_deletion(books)


# Applies an event to a member's books; returns "" or a code of why it changes nothing.
Handler = Callable[[Books, Event], str]

# Above each type: when Stripe sends it, and what becomes of the member.
HANDLERS: Mapping[str, Handler] = {
    # A subscription begins, often still incomplete. Grants as its status says.
    "customer.subscription.created": subscription_changed,
    # At every change: renewed, switched, past due, set to cancel. The member follows.
    "customer.subscription.updated": subscription_changed,
    # A subscription has ended, for whatever cause. Pro is over, and that is final. One that isn't
    # known leaves a tombstone, so that nothing older brings it to life.
    "customer.subscription.deleted": subscription_changed,
    # A trial ends without a card, or after the pause call. Paused isn't Pro.
    "customer.subscription.paused": subscription_changed,
    # A paused subscription goes on. The member is Pro again as its status says.
    "customer.subscription.resumed": subscription_changed,
    # Three days before a trial ends. The member is told the day, unless it ends there.
    "customer.subscription.trial_will_end": trial_will_end,
    # An invoice is paid, also outside Stripe. Ends the flag that a failure has set.
    "invoice.paid": invoice_changed,
    # Beside `invoice.paid` when a charge succeeded. The same for us.
    "invoice.payment_succeeded": invoice_changed,
    # At each failed attempt. Flags an active subscription past due; mails how to pay.
    "invoice.payment_failed": invoice_payment_failed,
    # The member's bank wants them to confirm a payment. Mails the link for it.
    "invoice.payment_action_required": invoice_payment_action_required,
    # A card is put on file, at Checkout or in the portal. The account shows the one in charge.
    "payment_method.attached": card_changed,
    # The member or the tenant changed a card. The account shows it.
    "payment_method.updated": card_changed,
    # The card's bank gave out a new number. The account shows the new last four.
    "payment_method.automatically_updated": card_changed,
    # A card is taken off file. The account shows it no longer.
    "payment_method.detached": card_detached,
    # Someone finished Checkout. Unpaid (a bank debit) it is pending and grants nothing.
    "checkout.session.completed": checkout_changed,
    # Days later, when a bank debit came through. Now the subscription grants.
    "checkout.session.async_payment_succeeded": checkout_changed,
    # Days later, when a bank debit bounced. Nothing was granted; the member is told.
    "checkout.session.async_payment_failed": checkout_payment_failed,
    # A session ran out or was expired. The next click makes a new one.
    "checkout.session.expired": checkout_changed,
    # A customer changes, their default payment method too. The account shows that card.
    "customer.updated": customer_updated,
    # The tenant deletes a customer. All their subscriptions are over; a new checkout makes a new
    # customer.
    "customer.deleted": customer_deleted,
}

# These change nothing by themselves, but the tenant should know (rule B10): sent when a cardholder
# disputes a payment at their bank, and when a payment was refunded.
TENANT_NOTICES: Mapping[str, Notice.Kind] = {
    "charge.dispute.created": Notice.Kind.DISPUTE,
    "charge.refunded": Notice.Kind.REFUND,
}

EVENT_TYPES: tuple[str, ...] = (*HANDLERS, *TENANT_NOTICES)
