"""How a subscription goes on: what it charges next (`next_charge`), and when it ends (rule B6).

One definition for access, pages, mails and revenue: set to cancel, it ends with its paid period,
later, or never. `Cancellation` says so of values, `RENEWS_AGAIN` of items in a table.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from billing.money import format_money
from billing.subscription_status import STATUSES

if TYPE_CHECKING:
    from billing.models import Subscription, SubscriptionItem


@dataclass(frozen=True, kw_only=True)
class Cancellation:
    """The end that Stripe names for a subscription, seen from the end of its paid period.

    Source: https://docs.stripe.com/billing/subscriptions/cancel
    """

    cancel_at: datetime | None = None
    cancel_at_period_end: bool = False
    period_end: datetime | None = None

    @property
    def is_set(self) -> bool:
        return self.cancel_at_period_end or self.cancel_at is not None

    @property
    def is_fixed_term(self) -> bool:
        """It ends later than the paid period: until then it renews, and is charged."""
        return (
            not self.cancel_at_period_end
            and self.cancel_at is not None
            and self.period_end is not None
            and self.cancel_at > self.period_end
        )

    @property
    def is_with_period(self) -> bool:
        """It ends with the paid period, or within it: nothing more is charged."""
        return self.is_set and not self.is_fixed_term

    @property
    def ends_at(self) -> datetime | None:
        """The very second of its end, None where it has none."""
        if not self.is_set:
            return None
        if self.is_fixed_term:
            return self.cancel_at
        return min((end for end in (self.cancel_at, self.period_end) if end), default=None)


# Asked of subscription items: those whose subscription isn't `is_with_period`.
RENEWS_AGAIN = Q(subscription__cancel_at_period_end=False) & (
    Q(subscription__cancel_at__isnull=True)
    | Q(
        subscription__cancel_at__gt=Coalesce(
            "current_period_end", "subscription__current_period_end"
        )
    )
)


@dataclass(frozen=True, kw_only=True)
class PeriodPrice:
    """What one period of a subscription costs; `amount` is None where Stripe names no fixed one."""

    amount: int | None = None
    currency: str = ""
    interval: str = ""

    @property
    def money(self) -> str:
        """The amount in words, "" where it isn't known."""
        if self.amount is None or not self.currency:
            return ""
        return format_money(self.amount, self.currency)

    def __str__(self) -> str:
        """Return the amount with its interval, "" where it isn't known."""
        if self.money and self.interval == "month":
            return _("%(money)s a month") % {"money": self.money}
        if self.money and self.interval == "year":
            return _("%(money)s a year") % {"money": self.money}
        return self.money


@dataclass(frozen=True, kw_only=True)
class NextCharge:
    """What a subscription charges next by itself, and when.

    `at` is None where that isn't known: Stripe named no period, or a payment is owed before.
    """

    price: PeriodPrice
    at: datetime | None
    is_first: bool


def next_charge(
    subscription: "Subscription", for_pro: "Sequence[SubscriptionItem]", *, status: str = ""
) -> NextCharge | None:
    """Return what is charged next for a subscription with these items for Pro; None for nothing.

    Nothing is charged for one that ends with its paid period, that hasn't begun, that is paused or
    over, or whose collection is paused: https://docs.stripe.com/billing/subscriptions/pause-payment
    Nor can anything be said of one whose status isn't known here. `status` is given while the row's own isn't settled.
    """
    entry = STATUSES[status or subscription.status]
    if not entry.has_period or subscription.collection_paused:
        return None
    if cancellation_of(subscription, for_pro).is_with_period:
        return None
    at = covered_until(subscription, for_pro, status=status)
    return NextCharge(
        price=price_of(for_pro), at=None if entry.is_owed else at, is_first=entry.is_trial
    )


def covered_until(
    subscription: "Subscription", for_pro: "Sequence[SubscriptionItem]", *, status: str = ""
) -> datetime | None:
    """Return the end of the trial, or of the period that is paid: where it renews, the next charge."""
    is_trial = STATUSES[status or subscription.status].is_trial
    trial_end = subscription.trial_end if is_trial else None
    return trial_end or period_end(subscription, for_pro)


def cancellation_of(
    subscription: "Subscription", for_pro: "Sequence[SubscriptionItem]"
) -> Cancellation:
    """Return the end that a subscription is set to, seen from the period paid for Pro (rule B6)."""
    return Cancellation(
        cancel_at=subscription.cancel_at,
        cancel_at_period_end=subscription.cancel_at_period_end,
        period_end=period_end(subscription, for_pro),
    )


def price_of(items: "Sequence[SubscriptionItem]") -> PeriodPrice:
    """Return what a period costs by the first of these items."""
    if not items:
        return PeriodPrice()
    item = items[0]
    amount = None if item.unit_amount is None else item.unit_amount * item.quantity
    return PeriodPrice(amount=amount, currency=item.currency, interval=item.interval)


def period_end(
    subscription: "Subscription", for_pro: "Sequence[SubscriptionItem]"
) -> datetime | None:
    """Return the end of the period that is paid for Pro."""
    ends = [item.current_period_end for item in for_pro if item.current_period_end]
    return max(ends, default=subscription.current_period_end)
