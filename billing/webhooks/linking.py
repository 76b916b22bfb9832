"""Tying a customer at Stripe to a member: under the customer's lock, with all that came before."""

import logging

from django.db import transaction
from django.utils import timezone

from billing.models import Customer, WebhookEvent
from billing.stripe_api.errors import suppress_stripe_problem
from billing.sync.access import settle
from billing.sync.customer_state import Books, lock_customer, open_books
from billing.sync.retrieve import refresh_customer, settle_doubts
from billing.tenant_billing import TenantBilling
from billing.webhooks import event_log
from billing.webhooks.event import Event, MalformedEventError, event_from_ledger
from billing.webhooks.handlers import HANDLERS
from membership.models import User

logger = logging.getLogger(__name__)
Outcome = WebhookEvent.Outcome


class CustomerTakenError(Exception):
    """The customer is another member's."""


def link_customer(tenant: TenantBilling, user: User, stripe_id: str, *, livemode: bool) -> Customer:
    """Make a customer this member's, and apply the events that waited for it.

    Raises CustomerTakenError, or IntegrityError where the member has another current customer.
    Never inside a transaction of the caller's: Stripe may be asked after the commit.
    """
    with transaction.atomic():
        customers = lock_customer(tenant, stripe_id, livemode=livemode)
        customer = customers[0]
        if customer.user_id not in (None, user.pk):
            raise CustomerTakenError(stripe_id)
        if customer.user_id is None:
            customer.user = user
            customer.linked_at = timezone.now()
            customer.save(update_fields=["user", "linked_at"])
            # With the member's other customers, which the lock above couldn't know of.
            customers = lock_customer(tenant, stripe_id, livemode=livemode)
        waiting = waiting_events(tenant, customers[0])
        doubts = apply_waiting(tenant, customers, waiting)
    if any(row.payload is None for row in waiting):
        # Stripe is asked instead of the events; where it can't be, the reconciler asks again later.
        with suppress_stripe_problem("%s wasn't read", stripe_id):
            refresh_customer(tenant, stripe_id)
    settle_doubts(tenant, doubts)
    return customers[0]


def waiting_events(tenant: TenantBilling, customer: Customer) -> list[WebhookEvent]:
    """Return the events that waited for this customer's member, in Stripe's order."""
    return list(
        WebhookEvent.objects.filter(
            site=tenant.site,
            customer_id_at_stripe=customer.stripe_id,
            outcome=Outcome.WAITING,
        ).order_by("created", "pk")
    )


def apply_waiting(
    tenant: TenantBilling, customers: list[Customer], rows: list[WebhookEvent]
) -> set[str]:
    """Apply the events that waited; return the subscriptions to be read."""
    if not rows:
        return set()
    events = [(row, readable(row)) for row in rows]
    invoices = [id for _row, event in events if event for id in event.invoices]
    books = open_books(tenant, customers, invoices=invoices)
    for row, event in events:
        event_log.conclude(row, *applied(books, event))
    settle(books)
    return books.to_read


def readable(row: WebhookEvent) -> Event | None:
    try:
        return event_from_ledger(row)
    except MalformedEventError:
        return None


def applied(books: Books, event: Event | None) -> tuple[str, str]:
    """Apply one waiting event to the books and return its outcome; one that fails stops no other."""
    if event is None:
        return Outcome.IGNORED, "pruned"
    if event.fault:
        return Outcome.IGNORED, "unusable"
    try:
        reason = HANDLERS[event.type](books, event)
    except Exception:
        logger.exception("Event %s failed while its customer was linked.", event.id)
        return Outcome.FAILED, "error"
    return (Outcome.IGNORED, reason) if reason else (Outcome.APPLIED, "")
