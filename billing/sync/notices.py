"""Which changes a member is mailed about, noted with the change itself; `billing.emails.outbox` sends.

What a notice is about makes it the member's only one of its kind: an event, a subscription, or a
cancellation (they may resume, and cancel again).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from billing.entitlement import Claim, Entitlement, storable
from billing.models import Notice, Subscription
from billing.renewal import Cancellation, cancellation_of, next_charge
from billing.stripe_api.objects import StripeObject
from billing.subscription_status import STATUSES
from billing.sync.customer_state import Books
from membership.states import Standing

Kind = Notice.Kind


def note(books: Books, kind: str, about: str, **params: Any) -> None:
    """Note a mail to the member whose books these are; without a member there is nobody to tell."""
    if books.user_id is None:
        return
    books.notices.append(
        Notice(
            site=books.tenant.site,
            user_id=books.user_id,
            kind=kind,
            about=about[:255],
            params=storable(params),
        )
    )


def note_failed_payment(books: Books, kind: str, about: str, invoice: StripeObject) -> None:
    """Note a mail that asks for a payment, with Stripe's page for it, which needs no sign-in."""
    note(
        books,
        kind,
        about,
        invoice=str(invoice["id"]),
        url=invoice.get("hosted_invoice_url"),
        amount=invoice.get("amount_remaining", invoice.get("amount_due")),
        currency=invoice.get("currency"),
    )


def note_transitions(books: Books, granted: Entitlement, *, now: datetime) -> None:
    """Note what the member should hear of: welcome, a confirmed cancellation, the end of Pro."""
    until = books.membership.get("pro_until")
    deciding = books.subscriptions.get(granted.subscription)
    # A grace that hangs on what Stripe is still to be asked is promised to nobody.
    if granted.grants(now) and not (deciding and deciding.needs_sync):
        for notice in books.notices:
            # How long they can go on reading, in the mail that tells of a failed payment.
            notice.params = {**storable({"until": granted.pro_until}), **notice.params}
    if granted.grants(now) and (until is None or until <= now):
        charge = next_charge(deciding, books.items_for_pro(deciding)) if deciding else None
        note(
            books,
            Kind.WELCOME,
            granted.subscription,
            until=charge.at if charge else None,
            ends=granted.reason_params.get("ends"),
            is_trial=charge is not None and charge.is_first,
        )
    for row in books.changed:
        if not isinstance(row, Subscription) or row.stripe_id not in books.before:
            continue
        if books.items_for_pro(row):
            note_changes_of(books, row, granted, now=now)


def note_second_subscription(books: Books, claims: Sequence[Claim]) -> None:
    """Tell the tenant of a member who has just begun to pay twice (rule B7)."""
    running = [
        claim.subscription for claim in claims if claim.is_for_pro and STATUSES[claim.status].runs
    ]
    begun = [stripe_id for stripe_id in running if was_not_running(books, stripe_id)]
    if len(running) > 1 and begun:
        books.notices.append(Notice(site=books.tenant.site, kind=Kind.DUPLICATE, about=begun[-1]))


def was_not_running(books: Books, stripe_id: str) -> bool:
    status, _end = books.before.get(stripe_id, ("", None))
    return not status or not STATUSES[status].runs


def note_changes_of(
    books: Books, row: Subscription, granted: Entitlement, *, now: datetime
) -> None:
    status, end_before = books.before[row.stripe_id]
    about, end = row.stripe_id, cancellation_of(row, books.items_for_pro(row))
    if row.is_final and STATUSES[status].runs and not granted.grants(now):
        if granted.subscription == about or granted.standing == Standing.ENDED:
            note(books, Kind.ENDED, about, reason=row.cancellation_reason)
    elif is_another_end(end_before, end) and decides_the_end(row, end, granted):
        note_cancellation(books, row, end, granted, now=now)


def is_another_end(before: Cancellation, now: Cancellation) -> bool:
    """Return whether the member should hear of the end that a subscription is set to now.

    Not where a fixed term has come to its last period: that end is the one which they know.
    """
    if not now.is_set or not before.is_set:
        return now.is_set
    if now.is_fixed_term:
        return not before.is_fixed_term or now.cancel_at != before.cancel_at
    return before.is_fixed_term and now.ends_at != before.ends_at


def note_cancellation(
    books: Books, row: Subscription, end: Cancellation, granted: Entitlement, *, now: datetime
) -> None:
    """Note the mail that confirms an end: of a fixed term that it is charged until then."""
    requested = row.canceled_at or row.cancel_at or row.current_period_end
    about = [row.stripe_id, requested.isoformat() if requested else ""]
    ends = end.cancel_at if end.is_fixed_term else None
    if ends:
        about.append(ends.isoformat())
    note(
        books,
        Kind.CANCELLATION,
        " ".join(about),
        until=granted.pro_until if granted.grants(now) and not ends else None,
        ends=ends,
        renews=next_charge(row, books.items_for_pro(row)) is not None,
        is_owed=STATUSES[row.status_at_stripe].is_owed,
    )


def decides_the_end(row: Subscription, end: Cancellation, granted: Entitlement) -> bool:
    """Return whether an end is that of the member's Pro: no other subscription goes on.

    One whose payment is owed stands as past due, a paused one as paused, and one with a fixed term
    as any that renews.
    """
    if granted.standing == Standing.ENDING:
        return True
    if granted.subscription != row.stripe_id:
        return False
    entry = STATUSES[row.status_at_stripe]
    return end.is_fixed_term or (entry.runs and entry.step != "buy")
