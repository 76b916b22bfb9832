"""Events of subscriptions: each shows the whole subscription, so all of them apply what it shows."""

from billing.events.event import Event
from billing.models import Notice
from billing.status import Status
from billing.sync.books import Books
from billing.sync.notices import note
from billing.sync.subscriptions import apply_subscription


def subscription_created(books: Books, event: Event) -> str:
    """Sent when a subscription begins, often still incomplete. Grants as its status says."""
    return apply_subscription(books, event.object, created=event.created)


def subscription_updated(books: Books, event: Event) -> str:
    """Sent at every change: renewed, switched, past due, set to cancel. The member follows."""
    return apply_subscription(books, event.object, created=event.created)


def subscription_deleted(books: Books, event: Event) -> str:
    """Sent when a subscription has ended, for whatever cause. Pro is over, and that is final.

    One that isn't known leaves a tombstone, so that nothing older brings it to life.
    """
    return apply_subscription(books, event.object, created=event.created)


def subscription_paused(books: Books, event: Event) -> str:
    """Sent when a trial ends without a card, or after the pause call. Paused isn't Pro."""
    return apply_subscription(books, event.object, created=event.created)


def subscription_resumed(books: Books, event: Event) -> str:
    """Sent when a paused subscription goes on. The member is Pro again as its status says."""
    return apply_subscription(books, event.object, created=event.created)


def trial_will_end(books: Books, event: Event) -> str:
    """Sent three days before a trial ends. The member is told the day, unless it ends there."""
    reason = apply_subscription(books, event.object, created=event.created)
    row = books.subscriptions.get(str(event.object["id"]))
    is_trial = row and row.status_at_stripe == Status.TRIALING
    if row and is_trial and not row.cancellation.is_with_period and books.is_for_pro(row):
        note(books, Notice.Kind.TRIAL_ENDING, event.id, until=row.trial_end)
    return reason
