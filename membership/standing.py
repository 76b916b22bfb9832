"""Where a member stands right now: what billing last wrote, read by the clock.

Nothing is written when a paid period or a grace runs out, so what the row says is carried on here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from membership.models import Membership, Standing

# What each reason turns into once its time is over.
WHEN_TIME_IS_OVER: Mapping[str, str] = {
    "subscription_active": "billing_clock_ended",
    "subscription_trialing": "billing_clock_ended",
    "subscription_ending": "subscription_canceled",
    "subscription_past_due_in_grace": "subscription_past_due_grace_over",
    "complimentary": "complimentary_ended",
}
STANDINGS_OF_PRO = (Standing.TRIAL, Standing.PRO, Standing.ENDING)


@dataclass(frozen=True, kw_only=True)
class CurrentStanding:
    """Whether a member is Pro at a moment, how he stands, and why."""

    is_pro: bool
    standing: str
    reason_code: str
    reason_params: dict[str, Any]


def current_standing(membership: Membership, now: datetime) -> CurrentStanding:
    """Return where this member stands at this moment."""
    until = membership.complimentary_until
    paid = membership.pro_until is not None and membership.pro_until > now
    if not paid and until is not None and until > now:
        return CurrentStanding(
            is_pro=True,
            standing=membership.standing,
            reason_code="complimentary",
            reason_params={"until": until.isoformat()},
        )
    standing, code = membership.standing, membership.reason_code
    params = dict(membership.reason_params)
    if not paid and code in WHEN_TIME_IS_OVER:
        code = WHEN_TIME_IS_OVER[code]
        # The reason names the paid period's end; the row's own time has the allowance in it.
        ended = params.get("until") or ended_at(membership)
        params["since" if code == "subscription_canceled" else "until"] = ended
    if not paid and standing in STANDINGS_OF_PRO:
        standing = Standing.ENDED
    return CurrentStanding(is_pro=paid, standing=standing, reason_code=code, reason_params=params)


def ended_at(membership: Membership) -> str:
    """Return when the last time given ended, as the reason's param."""
    ends = [end for end in (membership.pro_until, membership.complimentary_until) if end]
    return max(ends).isoformat() if ends else ""
