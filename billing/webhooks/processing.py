"""Applying an event: one transaction for the ledger's row and its effect (rule W3).

`apply_event` is a function of the ledger's row alone, so that a replay, or a queue one day, does
exactly what a delivery does.
"""

import logging
from collections.abc import Callable, Iterable
from functools import partial

from django.db import transaction

from billing.emails.outbox import tell_tenant
from billing.models import Customer, Subscription, WebhookEvent
from billing.stripe_api.values import id_of
from billing.sync.retrieve import settle_doubts
from billing.sync.settle import books_of
from billing.sync.subscription_rows import touch
from billing.tenant_billing import TenantBilling
from billing.webhooks import event_log
from billing.webhooks.event import Event, event_from_ledger, legible
from billing.webhooks.handlers import HANDLERS, TENANT_NOTICES

logger = logging.getLogger(__name__)
Outcome = WebhookEvent.Outcome
# Longer than any currency or reason of Stripe's.
LONGEST_WORD = 100


def receive(tenant: TenantBilling, event: Event, *, quiet: bool = False) -> str:
    """Take in a delivered event, once however often it is delivered; return its outcome.

    FAILED asks Stripe to deliver it again; everything else is done. `quiet` sends no mail about
    what is old.
    """
    enter = partial(event_log.enter, tenant, event)
    return carry_out(tenant, event, enter, quiet=quiet) or "duplicate"


def replay(tenant: TenantBilling, row: WebhookEvent) -> str:
    """Apply an event of the ledger again that failed, waits or was taken for dead.

    Any other stays as it is. Returns the outcome; raises MalformedEventError when pruned.
    """
    event = event_from_ledger(row)
    outcome = carry_out(tenant, event, partial(event_log.enter_again, row))
    return outcome or WebhookEvent.objects.values_list("outcome", flat=True).get(pk=row.pk)


def carry_out(
    tenant: TenantBilling,
    event: Event,
    enter: Callable[[], WebhookEvent | None],
    *,
    quiet: bool = False,
) -> str:
    """Enter an event in the ledger and apply it, or neither; return its outcome.

    Returns "" where `enter` finds nothing to be done.
    """
    try:
        with transaction.atomic():
            row = enter()
            if row is None:
                return ""
            doubts = apply_event(tenant, row, event, quiet=quiet)
    except Exception as error:
        logger.exception("Event %s (%s) failed at %s.", event.id, event.type, tenant.site)
        return event_log.note_failure(tenant, event, error).outcome
    settle_doubts(tenant, doubts)
    return row.outcome


def apply_event(
    tenant: TenantBilling, row: WebhookEvent, event: Event, *, quiet: bool = False
) -> Iterable[str]:
    """Carry out what an event says and conclude its row; return the subscriptions to be read.

    Only inside a transaction.
    """
    ignored = event_log.reason_to_ignore(tenant, event)
    if ignored:
        event_log.conclude(row, Outcome.IGNORED, ignored)
        return doubt_what_it_names(tenant, event) if ignored == "unusable" else ()
    if event.type in TENANT_NOTICES:
        note_charge(tenant, event)
        event_log.conclude(row, Outcome.APPLIED, "tenant_told")
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
            event_log.conclude(row, *without_member(books.customer))
            return ()
        reason = HANDLERS[event.type](books, event)
    event_log.conclude(row, Outcome.IGNORED if reason else Outcome.APPLIED, reason)
    return books.to_read


def without_member(customer: Customer) -> tuple[str, str]:
    """Return what becomes of the event of a customer who is no member: a former one's changes
    nothing, a stranger's is kept until he is linked."""
    if customer.linked_at:
        return Outcome.IGNORED, "member_deleted"
    return Outcome.WAITING, "unknown_customer"


def doubt_what_it_names(tenant: TenantBilling, event: Event) -> Iterable[str]:
    """Mark what an event names and can't be used for to be read from Stripe; return the ids.

    Only what is known here: the subscription, else all of the customer's that aren't over.
    """
    logger.warning("Event %s (%s) can't be used: %s.", event.id, event.type, event.fault)
    of_members = Subscription.objects.filter(site=tenant.site, customer__user__isnull=False)
    named = of_members.filter(stripe_id=event.subscription) or of_members.live().filter(
        customer__stripe_id=event.customer
    )
    wanted = dict(named.values_list("stripe_id", "customer__stripe_id"))
    for customer in set(wanted.values()):
        with books_of(tenant, customer, savepoint=False) as books:
            for row in books.subscriptions.values():
                if row.stripe_id in wanted:
                    row.needs_sync = True
                    touch(books, row)
    return wanted


def note_charge(tenant: TenantBilling, event: Event) -> None:
    """Note a mail to the tenant about a dispute or a refund, which change nothing by themselves.

    What of it can't be read isn't said.
    """
    amounts = {name: event.object.get(name) for name in ("amount", "amount_refunded")}
    texts = {name: event.object.get(name) for name in ("currency", "reason")}
    params = {
        **{name: value for name, value in amounts.items() if value and type(value) is int},
        **{name: value for name, value in texts.items() if value and is_short(value)},
        "customer": event.customer,
        "charge": legible(lambda: id_of(event.object, "charge")),
    }
    tell_tenant(tenant.site, TENANT_NOTICES[event.type], event.id, params)


def is_short(value: object) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_WORD
