"""Access ends by the clock, and neither late nor early (rule B6): no notice has to come for it."""

from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest

from billing.entitlement import Claim, entitlement
from billing.renewal import Cancellation
from billing.tenant_billing import Policy
from membership.models import Membership

START = datetime(2028, 2, 15, 12, tzinfo=UTC)
# Over a leap day, and over the night in which clocks are put forward.
END = datetime(2028, 3, 31, 12, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
ALLOWANCE, GRACE = 3 * DAY, 14 * DAY
POLICY = Policy(grace=GRACE, allowance=ALLOWANCE)


def claim(status="active", *, cancel_at=None, cancel_at_period_end=False, **fields):
    cancellation = Cancellation(
        cancel_at=cancel_at, cancel_at_period_end=cancel_at_period_end, period_end=END
    )
    return Claim(
        subscription="sub_1", status=status, period_end=END, cancellation=cancellation, **fields
    )


@pytest.mark.parametrize(
    ("claimed", "until"),
    [
        (claim(), END + ALLOWANCE),
        (claim("trialing"), END + ALLOWANCE),
        (claim(cancel_at_period_end=True), END),
        (claim("trialing", cancel_at_period_end=True), END),
        (claim(cancel_at=END - 9 * DAY), END - 9 * DAY),
        (claim(cancel_at=END), END),
        (claim(cancel_at=END + SECOND), END + SECOND),
        (claim(cancel_at=END + 90 * DAY), END + ALLOWANCE),
        (claim(cancel_at=END + 3 * 365 * DAY), END + ALLOWANCE),
        (claim(cancel_at=END + 90 * DAY, cancel_at_period_end=True), END),
        (claim("trialing", cancel_at=END + 2 * DAY), END + 2 * DAY),
        (claim("trialing", cancel_at=END + 90 * DAY), END + ALLOWANCE),
        (claim(cancel_at=END, cancel_at_period_end=True), END),
        (claim("past_due", grace_from=START), START + GRACE),
        (claim("past_due", grace_from=START, cancel_at=START + DAY), START + DAY),
        (claim("past_due", grace_from=END - DAY, cancel_at_period_end=True), END),
        (claim("past_due", grace_from=START, cancel_at=END + 90 * DAY), START + GRACE),
        (claim("past_due", grace_from=END, cancel_at=END + 5 * DAY), END + 5 * DAY),
        (claim("past_due", grace_from=START, never_paid=None), START + GRACE),
    ],
)
def test_B6_access_ends_at_the_very_second(claimed, until):
    granted = entitlement([claimed], POLICY, now=START)
    member = Membership(
        pro_until=granted.pro_until,
        standing=granted.standing,
        reason_code=granted.reason_code,
        reason_params=granted.reason_params,
    )
    assert granted.pro_until == until
    for now, is_pro in ((START, True), (until - SECOND, True), (until, False)):
        assert granted.grants(now) == is_pro
        assert member.standing_at(now).is_pro == is_pro


@pytest.mark.parametrize(
    "claimed",
    [
        Claim(subscription="sub_1", status="active"),
        claim("past_due"),
        claim("past_due", grace_from=START, never_paid=True),
        claim(cancel_at=START - DAY),
        *(claim(s) for s in ("incomplete", "incomplete_expired", "unpaid", "paused", "canceled")),
        claim("hibernating"),
        claim(is_for_pro=False),
        claim(unpaid_start="pending"),
    ],
)
def test_B5_whatever_is_not_named_as_granting_grants_nothing(claimed):
    assert not entitlement([claimed], POLICY, now=START).grants(START)


def test_W5_the_reason_is_the_same_in_whichever_order_subscriptions_came():
    for status in ("active", "trialing", "unpaid", "canceled", "past_due"):
        for is_for_pro in (True, False):
            two = [
                Claim(subscription=name, status=status, period_end=END, is_for_pro=is_for_pro)
                for name in ("sub_1", "sub_2")
            ]
            first = entitlement(two, POLICY, now=START)
            assert entitlement(two[::-1], POLICY, now=START) == first


# What a member of several such subscriptions is told of, the first before all others.
BY_URGENCY = [
    ("action_required", {"status": "past_due", "never_paid": True, "action_required_since": START}),
    ("past_due", {"status": "unpaid"}),
    ("pending", {"status": "incomplete", "unpaid_start": "pending"}),
    ("incomplete", {"status": "incomplete"}),
    ("paused", {"status": "paused"}),
    ("ended", {"status": "canceled"}),
    ("free", {"status": "incomplete_expired"}),
]


def test_of_several_that_grant_nothing_the_most_urgent_is_told_whichever_came_first():
    for (standing, urgent), (_less, other) in combinations(BY_URGENCY, 2):
        for names in (("sub_1", "sub_2"), ("sub_2", "sub_1")):
            two = [
                Claim(subscription=name, **facts)
                for name, facts in zip(names, (urgent, other), strict=True)
            ]
            for claims in (two, two[::-1]):
                assert entitlement(claims, POLICY, now=START).standing == standing


def test_B6_the_policies_are_the_tenants_own():
    policy = Policy(grace=timedelta(0), allowance=timedelta(0))
    assert entitlement([claim()], policy, now=START).pro_until == END
    assert not entitlement([claim("past_due", grace_from=START)], policy, now=START).grants(START)
