"""Billing periods and proration: arithmetic on timestamps, with no state.

https://docs.stripe.com/billing/subscriptions/billing-cycle: a cycle that began on the 31st ends on
the last day of a shorter month, and comes back to the 31st.
"""

from datetime import UTC, datetime
from typing import Any

from dateutil.relativedelta import relativedelta

DAY = 86400
HOUR = 3600


def after(anchor: int, recurring: dict[str, Any], cycles: int) -> int:
    """The end of the given number of cycles, counted from the anchor."""
    steps = {f"{recurring['interval']}s": recurring["interval_count"] * cycles}
    return int((datetime.fromtimestamp(anchor, UTC) + relativedelta(**steps)).timestamp())


def next_end(anchor: int, recurring: dict[str, Any], moment: int) -> int:
    """The first end of a cycle that lies after the moment."""
    if moment < anchor:
        return anchor
    length = after(0, recurring, 1)
    cycles = max((moment - anchor) // (length + 3 * DAY), 1)
    while after(anchor, recurring, cycles) <= moment:
        cycles += 1
    return after(anchor, recurring, cycles)


def prorated(amount: int, start: int, end: int, moment: int) -> int:
    """The part of an amount that falls on the time from the moment to the period's end."""
    if end <= start:
        return 0
    return round(amount * max(end - max(moment, start), 0) / (end - start))
