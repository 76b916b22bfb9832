"""Which statuses a subscription can have, in what order they win, and what its status comes to here.

Source: https://docs.stripe.com/billing/subscriptions/overview#subscription-statuses
"""

from collections.abc import Iterable

from billing.models import Invoice, Subscription
from billing.models.mirror import FINAL_STATUSES

Status = Subscription.Status

# Who wins a tie within one second until Stripe is asked (rule W4): the more closed. `incomplete` is
# where a subscription begins and never comes back, so anything else is newer. Unknown ones: closed.
RANKS: dict[str, int] = {
    Status.INCOMPLETE: 0,
    Status.ACTIVE: 1,
    Status.TRIALING: 1,
    Status.PAST_DUE: 2,
    Status.UNPAID: 3,
    Status.PAUSED: 3,
    Status.CANCELED: 4,
    Status.INCOMPLETE_EXPIRED: 4,
}
RANK_OF_UNKNOWN = 3
# All that grants by itself (rule B5).
GRANTING = (Status.ACTIVE, Status.TRIALING)
# Stripe has a paid period for each of these, and without one nobody knows how long access lasts.
IN_A_PERIOD = (*GRANTING, Status.PAST_DUE)
# A payment is owed for what runs.
OWED = (Status.PAST_DUE, Status.UNPAID)
# Not begun yet, or over: in any other status, unknown ones too, a subscription runs.
NOT_RUNNING = (Status.INCOMPLETE, *FINAL_STATUSES)
FIRST_INVOICE = "subscription_create"
RENEWAL = "subscription_cycle"
# An invoice that asked for something and was settled: charged, outside Stripe or from the customer's
# balance. `is_payment` says the same of a row.
PAYMENT = {"status": "paid", "total__gt": 0}
# Stripe's two notices of one attempt, failed and to be confirmed, may be some seconds apart.
SAME_ATTEMPT = 60


def rank(status: str) -> int:
    """Return how a status ranks against others of the same second."""
    return RANKS.get(status, RANK_OF_UNKNOWN)


def is_final(status: str) -> bool:
    """Return whether nothing follows this status any more."""
    return status in FINAL_STATUSES


def is_payment(invoice: Invoice) -> bool:
    """Return whether an invoice above zero was settled, in whatever way (rule B5)."""
    return invoice.status == "paid" and invoice.total > 0


def effective_status(
    subscription: Subscription, invoices: Iterable[Invoice], *, customer_is_deleted: bool
) -> str:
    """Return the status that counts here, of what Stripe said of the subscription and its invoices.

    A deleted customer's subscriptions are over. A failed payment flags one that is active or in
    trial as past due, until the subscription's own event or a reading says otherwise (rule B10).
    """
    status = subscription.status_at_stripe
    if customer_is_deleted and not is_final(status):
        return Status.CANCELED
    if status in GRANTING and any(flags_past_due(invoice, subscription) for invoice in invoices):
        return Status.PAST_DUE
    return status


def flags_past_due(invoice: Invoice, subscription: Subscription) -> bool:
    """Return whether this invoice's failed payment is news to its subscription.

    A first invoice flags nothing: a declined first payment must not open the grace (rule B10).
    """
    return (
        invoice.subscription_id_at_stripe == subscription.stripe_id
        and invoice.status == "open"
        and invoice.billing_reason != FIRST_INVOICE
        and invoice.failed_event > 0
        and invoice.failed_event >= subscription.last_event
        and invoice.failed_event > subscription.read_up_to
    )
