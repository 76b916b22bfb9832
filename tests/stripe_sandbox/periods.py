"""Billing periods and proration: arithmetic on timestamps, with no state.

https://docs.stripe.com/billing/subscriptions/billing-cycle: a cycle that began on the 31st ends on
the last day of a shorter month, and comes back to the 31st.
"""

import calendar
from datetime import UTC, datetime
from typing import Any

DAY = 86400
HOUR = 3600


def after(anchor: int, recurring: dict[str, Any], cycles: int) -> int:
    """The end of the given number of cycles, counted from the anchor."""
    start, steps = datetime.fromtimestamp(anchor, UTC), recurring["interval_count"] * cycles
    if recurring["interval"] in ("day", "week"):
        return anchor + steps * DAY * (7 if recurring["interval"] == "week" else 1)
    months = steps * (12 if recurring["interval"] == "year" else 1)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    day = min(start.day, calendar.monthrange(year, month + 1)[1])
    return int(start.replace(year=year, month=month + 1, day=day).timestamp())


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
