"""A subscription, told by an event or read from Stripe, into its rows: order decides (rule W4)."""

from dataclasses import dataclass, replace

from wagtail.models import Site

from billing.models import Invoice, Subscription
from billing.stripe_api.objects import (
    StripeObject,
    SubscriptionSnapshot,
    lists_all_items,
    project_subscription,
)
from billing.subscription_status import STATUSES
from billing.sync.customer_state import Books
from billing.sync.event_order import Verdict, judge

SUBSCRIPTION_COLUMNS = (
    "status_at_stripe",
    "livemode",
    "started_at",
    "current_period_start",
    "current_period_end",
    "trial_end",
    "cancel_at_period_end",
    "cancel_at",
    "canceled_at",
    "ended_at",
    "cancellation_reason",
    "collection_paused",
    "latest_invoice_id",
    "default_payment_method_id",
)
ITEM_COLUMNS = (
    "price_id",
    "product_id",
    "quantity",
    "unit_amount",
    "currency",
    "interval",
    "interval_count",
    "current_period_start",
    "current_period_end",
)


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What was known of a subscription when asking Stripe began; `begin_reading` makes it."""

    version: int = 0
    up_to: int = 0


class ReadingIsStaleError(Exception):
    """Something was applied while Stripe was being asked: ask again."""


def begin_reading(site: Site, subscription_id: str) -> Reading:
    """Return what is known now, before Stripe is asked about this subscription."""
    row = Subscription.objects.filter(site=site, stripe_id=subscription_id).first()
    if row is None:
        return Reading()
    invoices = Invoice.objects.filter(site=site, subscription_id_at_stripe=subscription_id)
    failure = invoices.order_by("-failed_event").values_list("failed_event", flat=True).first()
    return Reading(version=row.version, up_to=max(row.last_event, row.read_up_to, failure or 0))


def apply_subscription(books: Books, subscription: StripeObject, *, created: int) -> str:
    """Apply what an event of that second shows; return "" or why not: "older", "final"."""
    stripe_id = str(subscription["id"])
    snapshot = project_subscription(subscription)
    row = books.subscriptions.get(stripe_id)
    known = known_snapshot(books, row)
    is_whole = lists_all_items(subscription)
    if known and not (is_whole and snapshot.items):
        # Until the rest is read, what was known of it holds; so does all of it at an end without it.
        snapshot = replace(snapshot, items={**known.items, **snapshot.items})
    judgement = judge(row, known, snapshot, created=created)
    if judgement.verdict in (Verdict.OLDER, Verdict.FINAL):
        if row:
            note_paid(books, row, snapshot, created)
        return str(judgement.verdict)
    row = row or new_subscription(books, stripe_id)
    note_paid(books, row, snapshot, created)
    if judgement.verdict == Verdict.APPLY or judgement.event_wins:
        put(books, row, snapshot)
    if judgement.verdict == Verdict.DOUBTFUL or not is_whole:
        row.needs_sync = True
        books.to_read.add(stripe_id)
    else:
        # Of a tie's second the doubt remains, whatever repeats one of its events.
        repeats = judgement.verdict == Verdict.SAME and created == row.last_event
        row.needs_sync = row.needs_sync and repeats
        row.read_ahead = False
    row.last_event = created
    touch(books, row)
    return ""


def apply_reading(books: Books, subscription: StripeObject, reading: Reading) -> str:
    """Apply what Stripe answered; it holds only if nothing was applied since it was asked.

    Returns "" or "final"; raises ReadingIsStaleError.
    """
    stripe_id = str(subscription["id"])
    snapshot = project_subscription(subscription)
    row = books.subscriptions.get(stripe_id)
    known = known_snapshot(books, row)
    # What an invoice flagged is news to Stripe's answer too, so that the answer decides it.
    is_flagged = row is not None and row.status != row.status_at_stripe
    if row and snapshot == known and not row.needs_sync and not is_flagged:
        return ""
    if (row.version if row else 0) != reading.version:
        raise ReadingIsStaleError(stripe_id)
    row = row or new_subscription(books, stripe_id)
    if snapshot != known:
        put(books, row, snapshot)
        row.read_ahead = True
    row.needs_sync = False
    row.read_up_to = max(row.read_up_to, reading.up_to)
    # What was read happened after everything that was known before it.
    note_paid(books, row, snapshot, row.read_up_to + 1)
    touch(books, row)
    return ""


def note_paid(books: Books, row: Subscription, snapshot: SubscriptionSnapshot, moment: int) -> None:
    """Keep the last time at which it was active, also where that is told late (rule W5)."""
    if STATUSES[snapshot.status].grants and moment > row.last_paid_event:
        row.last_paid_event = moment
        books.change(row)


def known_snapshot(books: Books, row: Subscription | None) -> SubscriptionSnapshot | None:
    """Return what the rows say of a subscription, to be compared with what Stripe says."""
    if row is None:
        return None
    return SubscriptionSnapshot(
        columns={name: getattr(row, name) for name in SUBSCRIPTION_COLUMNS},
        items=books.wanted_items.get(row.stripe_id)
        or {
            item.stripe_id: {name: getattr(item, name) for name in ITEM_COLUMNS}
            for item in books.items.get(row.stripe_id, [])
        },
    )


def new_subscription(books: Books, stripe_id: str) -> Subscription:
    row = Subscription(site=books.tenant.site, customer=books.customer, stripe_id=stripe_id)
    books.subscriptions[stripe_id] = row
    return row


def put(books: Books, row: Subscription, snapshot: SubscriptionSnapshot) -> None:
    """Make the rows say what the snapshot says."""
    vars(row).update(snapshot.columns)
    books.wanted_items[row.stripe_id] = snapshot.items


def touch(books: Books, row: Subscription) -> None:
    row.version += 1
    books.change(row)
