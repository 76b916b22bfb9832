"""Until when a member is Pro, how they stand and why: pure functions of what Stripe said (B5, B6).

An allowlist: whatever isn't named here as granting grants nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from billing.renewal import Cancellation
from billing.subscription_status import STATUSES, UNKNOWN_STATUS, Status, StatusEntry
from billing.tenant_billing import Policy
from membership.states import Standing, state_of


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What one subscription can claim; `billing.claims` makes it of the rows.

    `covered_until` is the day that the member is told: of a trial its own end, at which the first
    charge is. `grace_from` is where the grace of a failed payment counts from, None where there is none.
    `never_paid` tells of one past due that no invoice above zero was ever paid for; None where only
    Stripe can tell, so that the grace holds until it was asked.
    `unpaid_start` tells that the first payment is still on its way ("pending") or was declined
    after all ("failed").
    """

    subscription: str
    status: str
    is_for_pro: bool = True
    period_end: datetime | None = None
    covered_until: datetime | None = None
    cancellation: Cancellation = field(default_factory=Cancellation)
    ended_at: datetime | None = None
    cancellation_reason: str = ""
    grace_from: datetime | None = None
    never_paid: bool | None = False
    action_required_since: datetime | None = None
    unpaid_start: str = ""
    customer_is_deleted: bool = False


@dataclass(frozen=True, kw_only=True)
class Entitlement:
    """What is written into the `Membership` row."""

    pro_until: datetime | None = None
    standing: str = Standing.FREE
    reason_code: str = "never_subscribed"
    reason_params: dict[str, Any] = field(default_factory=dict)
    # The subscription that decides, for whoever tells the member about it.
    subscription: str = ""

    def grants(self, now: datetime) -> bool:
        return self.pro_until is not None and self.pro_until > now


# Endings of which the member is told more than that it ended.
CODES_OF_ENDINGS = {
    "payment_failed": "subscription_canceled_unpaid",
    "payment_disputed": "subscription_canceled_disputed",
}
NEVER = Entitlement()
PENDING = Entitlement(standing=Standing.PENDING, reason_code="payment_pending")


def entitlement(
    claims: Sequence[Claim], policy: Policy, *, now: datetime, payment_pending: bool = False
) -> Entitlement:
    """Return what a member's subscriptions come to; any one that grants is enough (rule B5).

    `payment_pending` tells of a completed checkout whose subscription isn't known here yet.
    """
    results = [judged(claim, policy, now=now) for claim in claims if claim.is_for_pro]
    if payment_pending:
        results.append(PENDING)
    granting = [result for result in results if result.grants(now)]
    if granting:
        return max(granting, key=lambda result: (result.pro_until, result.subscription))
    if results:
        # What the member can do something about comes first.
        return min(results, key=lambda one: (state_of(one.standing).urgency, one.subscription))
    live = [claim for claim in claims if STATUSES[claim.status].grants]
    if live:
        # Always the same one, in whichever order their events came (rule W5).
        named = min(live, key=lambda claim: claim.subscription)
        return reasoned(named, Standing.FREE, "not_a_pro_price")
    return NEVER


def judged(  # noqa: PLR0911 - one question after the other, each with its answer
    claim: Claim, policy: Policy, *, now: datetime
) -> Entitlement:
    """Return what one subscription for Pro comes to by itself."""
    if claim.unpaid_start and STATUSES[claim.status].has_period:
        return unpaid_start(claim)
    if claim.unpaid_start == "pending" and claim.status == Status.INCOMPLETE:
        return unpaid_start(claim)
    entry = STATUSES[claim.status]
    if entry.grants:
        return granted(claim, entry, policy)
    match claim.status:
        case Status.PAST_DUE:
            return past_due(claim, entry, policy, now=now)
        case Status.INCOMPLETE:
            return incomplete(claim, entry)
        case Status.CANCELED:
            code = ending_code(claim, entry)
            return reasoned(claim, entry.standing, code, since=claim.ended_at)
    unknown = claim.status if entry.reason_code == UNKNOWN_STATUS.reason_code else None
    return reasoned(claim, entry.standing, entry.reason_code, status=unknown)


def ending_code(claim: Claim, entry: StatusEntry) -> str:
    """Return the reason's code for a subscription that is over."""
    if claim.customer_is_deleted:
        return "customer_deleted"
    return CODES_OF_ENDINGS.get(claim.cancellation_reason, entry.reason_code)


def granted(claim: Claim, entry: StatusEntry, policy: Policy) -> Entitlement:
    """Active or in trial: the paid period and an allowance for a late notice, never beyond its end."""
    end = claim.cancellation.ends_at
    if claim.cancellation.is_with_period:
        return reasoned(claim, Standing.ENDING, "subscription_ending", pro_until=end, until=end)
    until = earliest(claim.period_end + policy.allowance, end) if claim.period_end else None
    return reasoned(
        claim,
        entry.standing,
        entry.reason_code,
        pro_until=until,
        until=claim.covered_until or claim.period_end,
        ends=end,
    )


def past_due(claim: Claim, entry: StatusEntry, policy: Policy, *, now: datetime) -> Entitlement:
    """A payment failed: the tenant's grace, never beyond the end that a cancellation has set.

    Who never paid for it has none: there is nothing to bridge (rule B5).
    """
    if claim.never_paid:
        return never_paid(claim)
    until = claim.grace_from + policy.grace if claim.grace_from else None
    if until:
        until = earliest(until, claim.cancellation.ends_at)
    in_grace = until is not None and until > now
    code = entry.reason_code if in_grace else "subscription_past_due_grace_over"
    standing = entry.standing
    if claim.action_required_since:
        standing = Standing.ACTION_REQUIRED
        code = code if in_grace else "action_required"
    since = claim.grace_from if in_grace or not claim.action_required_since else None
    return reasoned(
        claim,
        standing,
        code,
        pro_until=until,
        since=since or claim.action_required_since,
        until=until,
    )


def never_paid(claim: Claim) -> Entitlement:
    """The first charge failed, of a trial say: Pro is open once it is paid."""
    return asked_by_bank(claim) or reasoned(claim, Standing.PAST_DUE, "subscription_never_paid")


def incomplete(claim: Claim, entry: StatusEntry) -> Entitlement:
    """The first payment wasn't completed: nothing yet, and what is to be done."""
    return asked_by_bank(claim) or reasoned(claim, entry.standing, entry.reason_code)


def asked_by_bank(claim: Claim) -> Entitlement | None:
    """Return what it comes to where the bank waits for the member, None where it doesn't."""
    since = claim.action_required_since
    if since is None:
        return None
    return reasoned(claim, Standing.ACTION_REQUIRED, "action_required", since=since)


def unpaid_start(claim: Claim) -> Entitlement:
    """Stripe calls a subscription active while a bank debit is under way; it grants nothing (B8)."""
    if claim.unpaid_start == "pending":
        return reasoned(claim, Standing.PENDING, "payment_pending")
    return reasoned(claim, Standing.INCOMPLETE, "subscription_incomplete")


def reasoned(
    claim: Claim,
    standing: str,
    code: str,
    *,
    pro_until: datetime | None = None,
    **params: datetime | str | None,
) -> Entitlement:
    """Return an entitlement whose reason names the subscription and the times."""
    return Entitlement(
        pro_until=pro_until,
        standing=standing,
        reason_code=code,
        reason_params={"subscription": claim.subscription, **storable(params)},
        subscription=claim.subscription,
    )


def storable(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return params as a column keeps them: times in ISO 8601, and nothing that is empty."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in params.items()
        if value
    }


def earliest(*times: datetime | None) -> datetime | None:
    """Return the first of the times that are known."""
    return min((time for time in times if time is not None), default=None)
