"""Where a member stands right now: what billing last wrote, read by the clock.

Nothing is written when a paid period or a grace runs out, so what the row says is carried on here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from membership.models import Membership, MembershipQuerySet, Standing

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
    standing, code = membership.standing, membership.reason_code
    if not paid and standing in STANDINGS_OF_PRO:
        standing = Standing.ENDED
    if not paid and until is not None and until > now:
        return CurrentStanding(
            is_pro=True,
            standing=standing,
            reason_code="complimentary",
            reason_params={"until": until.isoformat(), "note": membership.complimentary_note},
        )
    if code == "never_subscribed" and until is not None:
        code = "complimentary"
    params = dict(membership.reason_params)
    if not paid and code in WHEN_TIME_IS_OVER:
        code = WHEN_TIME_IS_OVER[code]
        # The reason names the paid period's end; the row's own time has the allowance in it.
        ended = params.get("until") or ended_at(membership)
        params["since" if code == "subscription_canceled" else "until"] = ended
    return CurrentStanding(is_pro=paid, standing=standing, reason_code=code, reason_params=params)


def standing_so(members: MembershipQuerySet, standing: str, now: datetime) -> MembershipQuerySet:
    """Return those who stand so at this moment: `current_standing` as a query."""
    if standing in STANDINGS_OF_PRO:
        return members.filter(standing=standing, pro_until__gt=now)
    if standing == Standing.ENDED:
        not_paid = Q(pro_until__isnull=True) | Q(pro_until__lte=now)
        return members.filter(
            Q(standing=Standing.ENDED) | Q(not_paid, standing__in=STANDINGS_OF_PRO)
        )
    return members.filter(standing=standing)


def ended_at(membership: Membership) -> str:
    """Return when the last time given ended, as the reason's param."""
    ends = [end for end in (membership.pro_until, membership.complimentary_until) if end]
    return max(ends).isoformat() if ends else ""
