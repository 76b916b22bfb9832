"""The ledger's rows: one a tenant and event, committed together with what the event did (rule W3)."""

from django.db import transaction
from django.db.models import F
from django.db.models.constants import OnConflict

from billing.events.event import Event
from billing.events.redaction import redacted
from billing.events.registry import HANDLERS, TENANT_NOTICES
from billing.models import Notice, WebhookEvent
from billing.notifications import send_after_commit
from billing.tenant import Tenant

Outcome = WebhookEvent.Outcome
# Stripe itself tries for three days; what fails this often needs a person.
MOST_ATTEMPTS = 8
LONGEST_ERROR = 1000


def reason_to_ignore(tenant: Tenant, event: Event) -> str:
    """Return why an event will change nothing, seen from the outside; "" if it may."""
    if tenant.livemode is not None and event.livemode != tenant.livemode:
        return "other_mode"
    if event.type in TENANT_NOTICES:
        return ""
    if event.type not in HANDLERS:
        return "not_used"
    if event.fault:
        return "unusable"
    return "" if event.customer else "no_customer"


def enter(tenant: Tenant, event: Event) -> WebhookEvent | None:
    """Write the event down as applied, and return its row; None where that is already so.

    The unique row makes a second delivery wait for the first one's commit. One that failed before
    is taken up again. Only inside a transaction.
    """
    row = new_row(tenant, event)
    if insert(row):
        return row
    known = WebhookEvent.objects.select_for_update().get(site=tenant.site, event_id=event.id)
    return known if known.outcome == Outcome.FAILED else None


def insert(row: WebhookEvent) -> bool:
    """Insert a row, and return whether it is new.

    `ON CONFLICT DO NOTHING` spares each event a savepoint, and PostgreSQL's log an error for each
    duplicate. Django has it in `bulk_create` only, which doesn't tell the key.
    """
    meta = WebhookEvent._meta
    (inserted,) = WebhookEvent.objects._insert(  # type: ignore[attr-defined]
        [row],
        fields=[column for column in meta.concrete_fields if not column.primary_key],
        returning_fields=[meta.pk],
        using=None,
        on_conflict=OnConflict.IGNORE,
    )
    if inserted is None:
        return False
    (row.pk,) = inserted
    row._state.adding = False
    return True


def new_row(tenant: Tenant, event: Event) -> WebhookEvent:
    reason = reason_to_ignore(tenant, event)
    return WebhookEvent(
        site=tenant.site,
        event_id=event.id,
        type=event.type,
        api_version=event.api_version,
        livemode=event.livemode,
        created=event.created,
        outcome=Outcome.IGNORED if reason else Outcome.APPLIED,
        reason=reason,
        customer_id_at_stripe=event.customer,
        subscription_id_at_stripe=event.subscription,
        payload=None if reason else redacted(event.object),
    )


def conclude(row: WebhookEvent, outcome: str, reason: str) -> None:
    """Write down what became of an event, where that is news to its row."""
    if (row.outcome, row.reason, row.error) == (outcome, reason, ""):
        return
    row.outcome, row.reason, row.error = outcome, reason, ""
    row.save(update_fields=["outcome", "reason", "error"])


def note_failure(tenant: Tenant, event: Event, error: Exception) -> WebhookEvent:
    """Write down that applying failed, in a transaction of its own; the effect is rolled back.

    After MOST_ATTEMPTS the event is dead, and the tenant is told.
    """
    words = f"{type(error).__name__}: {error}"[:LONGEST_ERROR].replace("\x00", "")
    with transaction.atomic():
        row, is_new = WebhookEvent.objects.select_for_update().get_or_create(
            site=tenant.site,
            event_id=event.id,
            defaults=failed_defaults(tenant, event, words),
        )
        if is_new or row.outcome != Outcome.FAILED:
            return row
        row.attempts = F("attempts") + 1
        row.error = words
        row.save(update_fields=["attempts", "error"])
        row.refresh_from_db(fields=["attempts"])
        if row.attempts >= MOST_ATTEMPTS:
            row.outcome = Outcome.DEAD
            row.save(update_fields=["outcome"])
            Notice.objects.create(
                site=tenant.site,
                kind=Notice.Kind.DEAD_EVENT,
                about=event.id,
                params={"type": event.type},
            )
            send_after_commit(tenant.site.pk, None)
    return row


def failed_defaults(tenant: Tenant, event: Event, words: str) -> dict[str, object]:
    row = new_row(tenant, event)
    names = (
        "type",
        "api_version",
        "livemode",
        "created",
        "customer_id_at_stripe",
        "subscription_id_at_stripe",
        "payload",
    )
    return {
        **{name: getattr(row, name) for name in names},
        "outcome": Outcome.FAILED,
        "reason": "error",
        "error": words,
    }
