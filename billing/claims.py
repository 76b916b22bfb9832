"""From a subscription's rows to what it can claim: prices, grace and unpaid starts (rule B5)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from billing.entitlement import Claim
from billing.models import CheckoutSession, Invoice, Subscription, SubscriptionItem
from billing.renewal import cancellation_of, covered_until, period_end
from billing.subscription_status import FIRST_INVOICE, RENEWAL, SAME_ATTEMPT, Status
from billing.tenant_billing import ProPrices

State = CheckoutSession.State


def claim_of(
    subscription: Subscription,
    items: Iterable[SubscriptionItem],
    invoices: Iterable[Invoice],
    *,
    pro: ProPrices,
    checkouts: Mapping[str, str],
    was_paid_for: bool = False,
    customer_is_deleted: bool = False,
) -> Claim:
    """Return what a subscription can claim; `checkouts` has the unpaid checkouts' states by the
    subscription that they began, `was_paid_for` tells of a paid invoice above zero in our rows."""
    own = [row for row in invoices if row.subscription_id_at_stripe == subscription.stripe_id]
    for_pro = [item for item in items if pro.include(vars(item))]
    return Claim(
        subscription=subscription.stripe_id,
        status=subscription.status,
        is_for_pro=bool(for_pro),
        period_end=period_end(subscription, for_pro),
        covered_until=covered_until(subscription, for_pro),
        cancellation=cancellation_of(subscription, for_pro),
        ended_at=subscription.ended_at or subscription.canceled_at,
        cancellation_reason=subscription.cancellation_reason,
        grace_from=grace_from(subscription, own),
        never_paid=never_paid(subscription, own, was_paid_for=was_paid_for),
        action_required_since=action_required_since(own),
        unpaid_start=unpaid_start(subscription, own, checkouts),
        customer_is_deleted=customer_is_deleted,
    )


def grace_from(subscription: Subscription, invoices: Sequence[Invoice]) -> datetime | None:
    """Return where the grace counts from: the earliest of its unpaid invoices decides.

    Nothing where the first invoice is among them: who never paid has no grace.
    """
    if subscription.status != Status.PAST_DUE:
        return None
    failed = unpaid_invoices(subscription, invoices)
    if any(row.billing_reason == FIRST_INVOICE for row in failed):
        return None
    starts = [start for row in failed if (start := unpaid_since(row, subscription))]
    return min(starts, default=subscription.current_period_start)


def never_paid(
    subscription: Subscription, invoices: Sequence[Invoice], *, was_paid_for: bool
) -> bool | None:
    """Return whether no invoice above zero was ever paid for a subscription that is past due (B5).

    However it was settled: charged, outside Stripe, or from the customer's balance. Rows can be
    missing here, so only Stripe can say "never"; its answer holds until another invoice fails.
    None: it is to be asked.
    """
    if subscription.status != Status.PAST_DUE or was_paid_for:
        return False
    failed = unpaid_invoices(subscription, invoices)
    if any(row.billing_reason == FIRST_INVOICE for row in failed):
        return True
    return subscription.never_paid_before == newest_unpaid(subscription, failed) or None


def newest_unpaid(subscription: Subscription, failed: Sequence[Invoice]) -> str:
    """Return the id of the newest of these unpaid invoices, of whatever is newest without one."""
    newest = max(failed, key=lambda row: (row.created, row.stripe_id), default=None)
    return newest.stripe_id if newest else subscription.latest_invoice_id or "none"


def unpaid_invoices(subscription: Subscription, invoices: Iterable[Invoice]) -> list[Invoice]:
    """Return a subscription's open invoices that failed since it was last paid for."""
    return [
        row
        for row in invoices
        if row.subscription_id_at_stripe == subscription.stripe_id
        and row.status == "open"
        and has_failed(row, subscription)
    ]


def has_failed(invoice: Invoice, subscription: Subscription) -> bool:
    """Return whether an open invoice failed since the subscription was last paid for.

    One from before stays open at Stripe, and is history once a later one was paid. A first invoice
    is never history.
    """
    if not invoice.failed_event:
        return invoice.attempted
    is_history = invoice.failed_event < subscription.last_paid_event
    return not is_history or invoice.billing_reason == FIRST_INVOICE


def unpaid_since(invoice: Invoice, subscription: Subscription) -> datetime | None:
    """Return since when an invoice counts as unpaid: a renewal from the start of the period that
    it bills, any other from its first failure."""
    if invoice.billing_reason != RENEWAL:
        return invoice.first_failed_at or invoice.created
    if invoice.period_start:
        return invoice.period_start
    if invoice.stripe_id == subscription.latest_invoice_id:
        return subscription.current_period_start
    return invoice.created


def action_required_since(invoices: Sequence[Invoice]) -> datetime | None:
    """Return since when an open invoice waits for the member's confirmation with his bank."""
    waiting = [
        row.action_required_event
        for row in invoices
        if row.status == "open"
        and row.action_required_event
        and row.failed_event <= row.action_required_event + SAME_ATTEMPT
    ]
    return datetime.fromtimestamp(min(waiting), UTC) if waiting else None


def unpaid_start(
    subscription: Subscription, invoices: Sequence[Invoice], checkouts: Mapping[str, str]
) -> str:
    """Return "pending" or "failed" where the checkout that began it was completed and isn't paid."""
    state = checkouts.get(subscription.stripe_id)
    if state is None or any(
        row.billing_reason == FIRST_INVOICE and row.status == "paid" for row in invoices
    ):
        return ""
    return "failed" if state == State.FAILED else "pending"
