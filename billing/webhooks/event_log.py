"""The ledger's rows: one a tenant and event, committed together with what the event did (rule W3).

Why an event changed nothing is kept as a code with words for the tenant's admin; of its object what
the handlers read is kept, and no name, address or card (rule W7).
"""

from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.constants import OnConflict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from billing.emails.outbox import tell_tenant
from billing.models import Notice, WebhookEvent
from billing.tenant_billing import TenantBilling
from billing.webhooks.event import Event
from billing.webhooks.handlers import HANDLERS, TENANT_NOTICES

Outcome = WebhookEvent.Outcome
# Stripe itself tries for three days; what fails this often needs a person.
MOST_ATTEMPTS = 8
LONGEST_ERROR = 1000


def reason_to_ignore(tenant: TenantBilling, event: Event) -> str:
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


def enter(tenant: TenantBilling, event: Event) -> WebhookEvent | None:
    """Write the event down as applied, and return its row; None where that is already so.

    The unique row makes a second delivery wait for the first one's commit. One that failed before
    is taken up again. Only inside a transaction.
    """
    row = new_row(tenant, event)
    if insert(row):
        return row
    known = locked(row)
    return known if known.outcome == Outcome.FAILED else None


def enter_again(row: WebhookEvent) -> WebhookEvent | None:
    """Return the row of an event that is to be replayed; None where there is nothing to replay.

    Of two clicks the second one waits for the first one's commit. Only inside a transaction.
    """
    known = locked(row)
    return known if known.may_be_replayed else None


def locked(row: WebhookEvent) -> WebhookEvent:
    """Return an event's row as it is stored, which nobody else changes until the commit."""
    return WebhookEvent.objects.select_for_update().get(site=row.site_id, event_id=row.event_id)


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


def new_row(tenant: TenantBilling, event: Event) -> WebhookEvent:
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


def note_failure(tenant: TenantBilling, event: Event, error: Exception) -> WebhookEvent:
    """Write down that applying failed, in a transaction of its own; the effect is rolled back.

    After MOST_ATTEMPTS the event is dead, and the tenant is told.
    """
    words = f"{type(error).__name__}: {error}"[:LONGEST_ERROR].replace("\x00", "")
    row = new_row(tenant, event)
    row.outcome, row.reason, row.error = Outcome.FAILED, "error", words
    with transaction.atomic():
        if insert(row):
            return row
        row = locked(row)
        if row.outcome != Outcome.FAILED:
            return row
        row.attempts = F("attempts") + 1
        row.error = words
        row.save(update_fields=["attempts", "error"])
        row.refresh_from_db(fields=["attempts"])
        if row.attempts >= MOST_ATTEMPTS:
            row.outcome = Outcome.DEAD
            row.save(update_fields=["outcome"])
            tell_tenant(tenant.site, Notice.Kind.DEAD_EVENT, event.id, {"type": event.type})
    return row


WORDS: dict[str, str | Promise] = {
    "older": _("Something newer was known already."),
    "final": _("The subscription had ended for good."),
    "other_mode": _("It is of the other mode, test or live, than this site's keys."),
    "not_used": _("This site has no use for events of this type."),
    "unusable": _(
        "Its content has another shape than Stripe's objects have. What it names and is known here "
        "is asked of Stripe instead."
    ),
    "no_customer": _("It belongs to no customer."),
    "unknown_customer": _("Its customer is no member here; applied as soon as one is."),
    "member_deleted": _("The member has deleted the account."),
    "not_ours": _("The checkout wasn't begun on this site."),
    "pruned": _("Its content was no longer kept when the customer became a member."),
    "tenant_told": _("Nothing to change; you were told by mail."),
    "error": _("It failed."),
}


def in_words(code: str) -> str:
    """Return a reason's words; a code that is unknown stands for itself."""
    return str(WORDS.get(code, code))


# An allowlist, so that whatever Stripe adds one day isn't kept either.
KEPT = frozenset(
    """
    id object status livemode created deleted type data
    customer subscription invoice charge payment_intent
    items has_more price plan product recurring interval interval_count quantity unit_amount currency
    current_period_start current_period_end start_date trial_end
    cancel_at cancel_at_period_end canceled_at ended_at cancellation_details
    pause_collection behavior
    latest_invoice default_payment_method invoice_settings
    number billing_reason total amount_due amount_paid amount_remaining
    period_start period_end attempted
    parent subscription_details subscription_item_details lines period start end proration
    payment_status mode amount amount_refunded refunded reason
    card brand display_brand last4 link sepa_debit us_bank_account bacs_debit au_becs_debit
    acss_debit nz_bank_account kr_card
    """.split()  # noqa: SIM905 - a list of sixty lines is no better to read
)


def redacted(value: Any) -> Any:
    """Return a copy of an event's object that has only the kept keys, at every depth."""
    if isinstance(value, dict):
        return {key: redacted(inner) for key, inner in value.items() if key in KEPT}
    if isinstance(value, list):
        return [redacted(inner) for inner in value]
    return value
