"""What changed rows come to: statuses, access, and what the member is to be told; then all is saved."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from billing.claims import claim_of
from billing.emails.outbox import send_after_commit
from billing.entitlement import Claim, Entitlement, entitlement
from billing.models import CheckoutSession, Subscription
from billing.subscription_status import FIRST_INVOICE, STATUSES, Status, effective_status
from billing.sync.customer_rows import choose_card
from billing.sync.customer_state import Books
from billing.sync.notices import note_second_subscription, note_transitions
from membership.models import Membership

State = CheckoutSession.State


def settle(books: Books, *, quiet: bool = False) -> Entitlement | None:
    """Bring status, card and membership in step with the rows, and save; return what is granted.

    Returns None for a customer whom no member is linked to; `quiet` notes no mails.
    """
    now = timezone.now()
    settle_statuses(books)
    choose_card(books)
    granted = entitlement_of(books, now=now) if books.user_id else None
    if granted:
        doubt_what_was_paid_for(books, granted, now=now)
        for stripe_id in undecided(books):
            # One that is marked already waits for the reconciler: Stripe was away, say.
            if not books.subscriptions[stripe_id].needs_sync:
                mark_to_read(books, stripe_id)
        if not quiet:
            note_transitions(books, granted, now=now)
            note_second_subscription(books, claims_of(books))
    books.is_changed = bool(books.changed or books.wanted_items)
    books.save()
    for user_id in {notice.user_id for notice in books.notices}:
        send_after_commit(books.tenant.site.pk, user_id)
    if granted:
        write_membership(books, granted)
    return granted


def settle_statuses(books: Books) -> None:
    for row in books.subscriptions.values():
        status = effective_status(
            row,
            books.invoices.values(),
            customer_is_deleted=books.customer_is_deleted(row),
        )
        if status != row.status:
            row.status = status
            row.version += 1
            books.change(row)
        if status == Status.INCOMPLETE_EXPIRED:
            void_what_it_owed(books, row)
        if row.is_final:
            end_the_wait(books, row)


def void_what_it_owed(books: Books, row: Subscription) -> None:
    """Stripe voids the open invoice of a start that was never paid, by no event that we hear.

    Source: https://docs.stripe.com/billing/subscriptions/overview#subscription-statuses
    """
    for invoice in books.invoices.values():
        if invoice.subscription_id_at_stripe == row.stripe_id and invoice.status == "open":
            invoice.status = "void"
            books.change(invoice)


def end_the_wait(books: Books, row: Subscription) -> None:
    """A subscription that is over has been paid for or never will be, even if neither was told.

    Who waited for it for ever could never buy again.
    """
    was_paid = any(
        invoice.subscription_id_at_stripe == row.stripe_id
        and (invoice.billing_reason, invoice.status) == (FIRST_INVOICE, "paid")
        for invoice in books.invoices.values()
    )
    for checkout in books.checkouts.values():
        is_its_own = checkout.subscription_id_at_stripe == row.stripe_id
        if is_its_own and checkout.state == State.PENDING:
            checkout.state = State.COMPLETE if was_paid else State.FAILED
            books.change(checkout)


def entitlement_of(books: Books, *, now: datetime) -> Entitlement:
    """Return what the member's books come to."""
    pending = any(
        state == State.PENDING and stripe_id not in books.subscriptions
        for stripe_id, state in unpaid_checkouts(books).items()
    )
    return entitlement(claims_of(books), books.tenant.policy, now=now, payment_pending=pending)


def unpaid_checkouts(books: Books) -> dict[str, str]:
    """Return the states of the checkouts that aren't paid, by the subscription that they began."""
    return {
        checkout.subscription_id_at_stripe: checkout.state
        for checkout in books.checkouts.values()
        if checkout.state != State.COMPLETE
    }


def claims_of(books: Books) -> list[Claim]:
    """Return what each subscription can claim; test ones count for nothing beside live keys."""
    # Not by `modes`: beside keys that can't be read this raises, and no access is rewritten.
    livemode = books.tenant.livemode
    unpaid = unpaid_checkouts(books)
    return [
        claim_of(
            row,
            books.items_of(stripe_id),
            books.invoices.values(),
            pro=books.tenant.pro,
            checkouts=unpaid,
            was_paid_for=books.was_paid_for(stripe_id),
            customer_is_deleted=books.customer_is_deleted(row),
        )
        for stripe_id, row in books.subscriptions.items()
        if livemode is None or row.livemode == livemode
    ]


def undecided(books: Books) -> list[str]:
    """Return the subscriptions whose grace hangs on what only Stripe can say (rule B5)."""
    return [
        claim.subscription
        for claim in claims_of(books)
        if claim.is_for_pro and claim.never_paid is None
    ]


def mark_to_read(books: Books, stripe_id: str) -> None:
    """Mark a subscription to be read from Stripe after the commit."""
    row = books.subscriptions[stripe_id]
    row.needs_sync = True
    books.to_read.add(stripe_id)
    books.change(row)


def doubt_what_was_paid_for(books: Books, granted: Entitlement, *, now: datetime) -> None:
    """Have a subscription read that was just paid for and still opens nothing.

    Its own event will say so too; but that may be late, and who has paid shouldn't wait for it.
    An incomplete one is left to the success page.
    """
    if granted.grants(now):
        return
    for stripe_id in books.paid & books.subscriptions.keys():
        if STATUSES[books.subscriptions[stripe_id].status].is_owed:
            mark_to_read(books, stripe_id)


def write_membership(books: Books, granted: Entitlement) -> None:
    """Write what is granted into the member's row, in one statement, or none where it says so."""
    values = {
        "pro_until": granted.pro_until,
        "standing": granted.standing,
        "reason_code": granted.reason_code,
        "reason_params": granted.reason_params,
    }
    if books.membership:
        if any(books.membership[name] != value for name, value in values.items()):
            books.is_changed = True
            Membership.objects.filter(pk=books.membership["id"]).update(**values)
        return
    books.is_changed = True
    of_member = {"site": books.tenant.site, "user_id": books.user_id}
    try:
        with transaction.atomic():
            Membership.objects.create(**of_member, **values)
    except IntegrityError:
        # He signed in for the first time in this very moment.
        Membership.objects.filter(**of_member).update(**values)
