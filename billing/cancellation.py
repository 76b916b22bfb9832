"""When a subscription ends that is set to cancel: with its paid period, later, or never (rule B6).

One definition for access, pages, mails and revenue: `Cancellation` of values, `RENEWS_AGAIN` of
items in a table.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.db.models.functions import Coalesce


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
