"""Asking Stripe, and applying the answer: always outside a transaction, never in the common path.

A reading has no event's time. It holds only if nothing was applied to the subscription since it
began, which a counter of our own tells; else Stripe is asked again (rule W4).
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import stripe

from billing.claims import newest_unpaid, unpaid_invoices
from billing.models import CheckoutSession, Subscription
from billing.stripe_api.client import Patience, stripe_client
from billing.stripe_api.errors import stripe_problems, suppress_stripe_problem
from billing.stripe_api.objects import customer_of, default_payment_method_of, lists_all_items
from billing.stripe_api.values import UnusableObjectError, id_of
from billing.subscription_status import STATUSES, Status
from billing.sync.checkout_rows import apply_checkout_session
from billing.sync.customer_rows import apply_card, apply_customer, apply_customer_deletion
from billing.sync.customer_state import Books
from billing.sync.invoice_rows import apply_invoice
from billing.sync.settle import books_of
from billing.sync.subscription_rows import (
    Reading,
    ReadingIsStaleError,
    apply_reading,
    begin_reading,
)
from billing.tenant_billing import TenantBilling

logger = logging.getLogger(__name__)

# With each subscription come its newest invoice and its card, in the same answer.
EXPANDED = ["latest_invoice", "default_payment_method"]
# Someone else's event may come between asking and applying; hardly ever twice.
# How many ids are asked of a table in one statement.
PORTION = 1000
ATTEMPTS = 4


def plain(answer: stripe.StripeObject) -> dict[str, Any]:
    """Return an answer of the SDK as plain JSON, like an event's object."""
    return answer.to_dict(for_json=True)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A subscription as Stripe has it now, with the invoices that came along."""

    subscription: dict[str, Any]
    invoices: list[dict[str, Any]]
    # It is past due, and no invoice above zero was ever paid for it.
    never_paid: bool = False

    @property
    def customer(self) -> str:
        return customer_of(self.subscription)


def read_subscription(client: stripe.StripeClient, stripe_id: str) -> Answer:
    """Ask Stripe for a subscription; raises StripeProblem.

    What isn't paid comes with its open invoices, from which the grace counts, and what is past due
    with one that was paid, without which there is no grace.
    """
    with stripe_problems():
        read = plain(client.v1.subscriptions.retrieve(stripe_id, params={"expand": EXPANDED}))
        if not lists_all_items(read):
            items = client.v1.subscription_items.list(
                params={"subscription": stripe_id, "limit": 100}
            )
            read["items"] = {"data": [plain(item) for item in items.auto_paging_iter()]}
        latest = read.get("latest_invoice")
        invoices = [latest] if isinstance(latest, dict) else []
        if STATUSES[read["status"]].is_owed:
            listed = client.v1.invoices.list(
                params={"subscription": stripe_id, "status": "open", "limit": 100}
            )
            known = {invoice["id"] for invoice in invoices}
            invoices += [plain(invoice) for invoice in listed.data if invoice.id not in known]
        payment = read_payment(client, stripe_id) if read["status"] == Status.PAST_DUE else None
        invoices += [plain(payment)] if payment else []
    is_unpaid = read["status"] == Status.PAST_DUE and payment is None
    return Answer(subscription=read, invoices=invoices, never_paid=is_unpaid)


def read_payment(client: stripe.StripeClient, stripe_id: str) -> stripe.Invoice | None:
    """Return a paid invoice above zero of a subscription, None where there never was one."""
    paid = client.v1.invoices.list(
        params={"subscription": stripe_id, "status": "paid", "limit": 100}
    )
    return next((invoice for invoice in paid.auto_paging_iter() if invoice.total > 0), None)


def apply_answer(
    tenant: TenantBilling, answer: Answer, reading: Reading, *, dry_run: bool = False
) -> Books:
    """Apply what was read and return the books as they were settled.

    Raises ReadingIsStaleError. A customer whom no member is linked to is left alone.
    """
    card = answer.subscription.get("default_payment_method")
    with books_of(
        tenant,
        answer.customer,
        livemode=bool(answer.subscription.get("livemode")),
        invoices=[invoice["id"] for invoice in answer.invoices],
        dry_run=dry_run,
    ) as books:
        if books.user_id is not None:
            for invoice in answer.invoices:
                apply_invoice(books, invoice, created=None)
            if isinstance(card, dict):
                apply_card(books, card, created=None)
            apply_reading(books, answer.subscription, reading)
            if answer.never_paid:
                note_never_paid(books, answer.subscription["id"])
    return books


def note_never_paid(books: Books, stripe_id: str) -> None:
    """Keep that Stripe has no payment for a subscription, until another of its invoices fails."""
    row = books.subscriptions[stripe_id]
    failed = unpaid_invoices(row, books.invoices.values())
    row.never_paid_before = newest_unpaid(row, failed)
    books.change(row)


def refresh_subscription(
    tenant: TenantBilling, stripe_id: str, *, wait: Patience = "person", dry_run: bool = False
) -> Books | None:
    """Read one subscription from Stripe, apply it, and return the member's books.

    Returns None where others kept changing it meanwhile; then it stays marked to be read. Raises
    StripeProblem; the rows then stay as they are.
    """
    client = stripe_client(tenant.settings, wait=wait)
    for _attempt in range(ATTEMPTS):
        reading = begin_reading(tenant.site, stripe_id)
        answer = read_subscription(client, stripe_id)
        try:
            return apply_answer(tenant, answer, reading, dry_run=dry_run)
        except ReadingIsStaleError:
            continue
    Subscription.objects.filter(site=tenant.site, stripe_id=stripe_id).update(needs_sync=True)
    return None


def refresh_unknown(
    tenant: TenantBilling, stripe_ids: Sequence[str], *, wait: Patience = "person"
) -> None:
    """Read from Stripe those of these subscriptions that aren't known here; raises StripeProblem."""
    rows = Subscription.objects.filter(site=tenant.site)
    for start in range(0, len(stripe_ids), PORTION):
        portion = stripe_ids[start : start + PORTION]
        known = set(rows.filter(stripe_id__in=portion).values_list("stripe_id", flat=True))
        for stripe_id in portion:
            if stripe_id not in known:
                refresh_subscription(tenant, stripe_id, wait=wait)


def refresh_checkout_session(
    tenant: TenantBilling, session_id: str, *, wait: Patience = "person"
) -> CheckoutSession | None:
    """Read a Checkout session of ours and the subscription it made; return its row as it is then.

    Only for a session that is known to be this member's: the caller looks (rule B8). Raises
    StripeProblem; then nothing is changed.
    """
    client = stripe_client(tenant.settings, wait=wait)
    with stripe_problems():
        session = plain(client.v1.checkout.sessions.retrieve(session_id))
    with books_of(tenant, customer_of(session), livemode=bool(session.get("livemode"))) as books:
        apply_checkout_session(books, session)
    subscription = id_of(session, "subscription")
    if subscription:
        refresh_subscription(tenant, subscription, wait=wait)
    return CheckoutSession.objects.filter(site=tenant.site, stripe_id=session_id).first()


def refresh_customer(tenant: TenantBilling, stripe_id: str, *, wait: Patience = "person") -> None:
    """Read a customer, their card and all their subscriptions from Stripe and apply them.

    Raises StripeProblem; UnusableObjectError only after all others were read.
    """
    client = stripe_client(tenant.settings, wait=wait)
    with stripe_problems():
        customer = plain(client.v1.customers.retrieve(stripe_id))
    if customer.get("deleted"):
        note_customer_is_gone(tenant, stripe_id)
        return
    unusable = None
    for subscription_id in subscriptions_of(client, stripe_id):
        try:
            refresh_subscription(tenant, subscription_id, wait=wait)
        except UnusableObjectError as problem:
            unusable = problem
    card = default_card(client, customer)
    with books_of(tenant, stripe_id, livemode=bool(customer.get("livemode"))) as books:
        if card:
            apply_card(books, card, created=None)
        apply_customer(books, customer, created=None)
    if unusable:
        raise unusable


def note_customer_is_gone(tenant: TenantBilling, stripe_id: str) -> None:
    """Note that Stripe no longer has a customer, so that the next checkout makes a new one."""
    with books_of(tenant, stripe_id) as books:
        apply_customer_deletion(books)


def subscriptions_of(client: stripe.StripeClient, customer_id: str) -> list[str]:
    """Return the ids of all that a customer has or had at Stripe; raises StripeProblem."""
    with stripe_problems():
        listed = client.v1.subscriptions.list(
            params={"customer": customer_id, "status": "all", "limit": 100}
        )
        return [subscription.id for subscription in listed.auto_paging_iter()]


def default_card(client: stripe.StripeClient, customer: dict[str, Any]) -> dict[str, Any] | None:
    """Return the payment method that a customer's invoices are charged to; raises StripeProblem."""
    stripe_id = default_payment_method_of(customer)
    if not stripe_id:
        return None
    with stripe_problems():
        return plain(client.v1.payment_methods.retrieve(stripe_id))


def settle_doubts(tenant: TenantBilling, stripe_ids: Iterable[str]) -> None:
    """Read the subscriptions of which two events of one second said different things.

    Where Stripe can't be reached their marks stay, and the reconciler reads them.
    """
    for stripe_id in sorted(stripe_ids):
        try:
            with suppress_stripe_problem("%s stays marked to be read", stripe_id):
                refresh_subscription(tenant, stripe_id)
        except Exception:
            # What was committed stands, and Stripe must not deliver it again for this.
            logger.exception("%s stays marked to be read.", stripe_id)
