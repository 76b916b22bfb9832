"""Applying an event: one transaction for the ledger's row and its effect (rule W3).

`apply_event` is a function of the ledger's row alone, so that a replay, or a queue one day, does
exactly what a delivery does.
"""

import logging
from collections.abc import Iterable

from django.db import transaction

from billing.events import ledger
from billing.events.event import Event, event_from_ledger
from billing.events.registry import HANDLERS, TENANT_NOTICES
from billing.models import Customer, Notice, WebhookEvent
from billing.notifications import send_after_commit
from billing.projection import id_of
from billing.sync.opening import books_of
from billing.sync.readings import settle_doubts
from billing.tenant import Tenant

logger = logging.getLogger(__name__)
Outcome = WebhookEvent.Outcome


def receive(tenant: Tenant, event: Event, *, quiet: bool = False) -> str:
    """Take in a delivered event, once however often it is delivered; return its outcome.

    FAILED asks Stripe to deliver it again; everything else is done. `quiet` sends no mail about
    what is old.
    """
    try:
        with transaction.atomic():
            row = ledger.enter(tenant, event)
            if row is None:
                return "duplicate"
            doubts = apply_event(tenant, row, event, quiet=quiet)
    except Exception as error:
        logger.exception("Event %s (%s) failed at %s.", event.id, event.type, tenant.site)
        return ledger.note_failure(tenant, event, error).outcome
    settle_doubts(tenant, doubts)
    return row.outcome


def replay(tenant: Tenant, row: WebhookEvent) -> str:
    """Apply an event of the ledger again that failed, waits or was taken for dead."""
    event = event_from_ledger(row)
    try:
        with transaction.atomic():
            row = WebhookEvent.objects.select_for_update().get(pk=row.pk)
            if row.outcome == Outcome.APPLIED:
                return row.outcome
            doubts = apply_event(tenant, row, event)
    except Exception as error:
        logger.exception("Event %s (%s) failed at %s.", event.id, event.type, tenant.site)
        return ledger.note_failure(tenant, event, error).outcome
    settle_doubts(tenant, doubts)
    return row.outcome


def apply_event(
    tenant: Tenant, row: WebhookEvent, event: Event, *, quiet: bool = False
) -> Iterable[str]:
    """Carry out what an event says and conclude its row; return the subscriptions to be read.

    Only inside a transaction.
    """
    ignored = ledger.reason_to_ignore(tenant, event)
    if ignored:
        ledger.conclude(row, Outcome.IGNORED, ignored)
        return ()
    if event.type in TENANT_NOTICES:
        tell_tenant(tenant, event)
        ledger.conclude(row, Outcome.APPLIED, "tenant_told")
        return ()
    with books_of(
        tenant,
        event.customer,
        livemode=event.livemode,
        invoices=event.invoices,
        quiet=quiet,
        savepoint=False,
    ) as books:
        if books.user_id is None:
            ledger.conclude(row, *without_member(books.customer))
            return ()
        reason = HANDLERS[event.type](books, event)
    ledger.conclude(row, Outcome.IGNORED if reason else Outcome.APPLIED, reason)
    return books.to_read


def without_member(customer: Customer) -> tuple[str, str]:
    """Return what becomes of the event of a customer who is no member: a former one's changes
    nothing, a stranger's is kept until he is linked."""
    if customer.linked_at:
        return Outcome.IGNORED, "member_deleted"
    return Outcome.WAITING, "unknown_customer"


def tell_tenant(tenant: Tenant, event: Event) -> None:
    """Note a mail to the tenant about a dispute or a refund, which change nothing by themselves."""
    Notice.objects.create(
        site=tenant.site,
        kind=TENANT_NOTICES[event.type],
        about=event.id,
        params={
            **{
                name: event.object.get(name)
                for name in ("amount", "amount_refunded", "currency", "reason")
                if event.object.get(name)
            },
            "customer": event.customer,
            "charge": id_of(event.object.get("charge")),
        },
    )
    send_after_commit(tenant.site.pk, None)
