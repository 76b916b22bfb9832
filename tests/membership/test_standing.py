"""Where a member stands, read by the clock; and every reason in words (rule G5)."""

import re
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest
from django.utils import translation

import billing.entitlement
from membership.models import Membership
from membership.reasons import REASONS, describe
from membership.states import Standing
from tests.factories import MembershipFactory

NOW = datetime(2027, 5, 10, 12, tzinfo=UTC)


def member(**fields):
    return Membership(**fields)


def test_paid_member_is_pro_until_the_moment_it_ends():
    paid = member(
        pro_until=NOW, standing=Standing.PRO, reason_code="subscription_active", reason_params={}
    )
    assert paid.standing_at(NOW - timedelta(seconds=1)).is_pro
    assert not paid.standing_at(NOW).is_pro


@pytest.mark.database
@pytest.mark.django_db
def test_who_is_pro_or_complimentary_is_the_same_asked_of_a_row_and_of_the_table(site):
    moments = (None, NOW - timedelta(microseconds=1), NOW, NOW + timedelta(microseconds=1))
    for paid, given in product(moments, moments):
        MembershipFactory(site=site, pro_until=paid, complimentary_until=given)
    members = Membership.objects.filter(site=site)
    pro = {row.pk for row in members if row.is_pro_at(NOW)}
    complimentary = {row.pk for row in members if row.is_complimentary_at(NOW)}
    assert (len(pro), len(complimentary)) == (7, 4)
    assert {row.pk for row in members if row.standing_at(NOW).is_pro} == pro
    assert set(members.pro(NOW).values_list("pk", flat=True)) == pro
    assert set(members.not_pro(NOW).values_list("pk", flat=True)) == (
        {row.pk for row in members} - pro
    )
    assert set(members.complimentary(NOW).values_list("pk", flat=True)) == complimentary


@pytest.mark.parametrize(
    ("code", "standing", "over_code", "over_standing"),
    [
        ("subscription_active", Standing.PRO, "billing_clock_ended", Standing.ENDED),
        ("subscription_trialing", Standing.TRIAL, "billing_clock_ended", Standing.ENDED),
        ("subscription_ending", Standing.ENDING, "subscription_canceled", Standing.ENDED),
        (
            "subscription_past_due_in_grace",
            Standing.PAST_DUE,
            "subscription_past_due_grace_over",
            Standing.PAST_DUE,
        ),
    ],
)
def test_what_the_row_says_is_carried_on_when_time_is_over(
    code, standing, over_code, over_standing
):
    row = member(
        pro_until=NOW,
        standing=standing,
        reason_code=code,
        reason_params={"until": "2027-05-07T00:00:00+00:00", "subscription": "sub_1"},
    )
    before = row.standing_at(NOW - timedelta(days=1))
    assert (before.reason_code, before.standing, before.is_pro) == (code, standing, True)
    over = row.standing_at(NOW + timedelta(days=1))
    assert (over.reason_code, over.standing, over.is_pro) == (over_code, over_standing, False)
    assert "7 May 2027" in describe(over.reason_code, over.reason_params)


def test_complimentary_time_makes_pro_and_says_so():
    row = member(
        complimentary_until=NOW + timedelta(days=3),
        standing=Standing.ENDED,
        reason_code="subscription_canceled",
    )
    current = row.standing_at(NOW)
    assert current.is_pro
    assert describe(current.reason_code, current.reason_params) == (
        "Complimentary Pro until 13 May 2027."
    )


def test_paid_reason_goes_before_the_complimentary_one():
    row = member(
        pro_until=NOW + timedelta(days=1),
        complimentary_until=NOW + timedelta(days=3),
        standing=Standing.PRO,
        reason_code="subscription_active",
    )
    assert row.standing_at(NOW).reason_code == "subscription_active"


def test_every_reason_that_billing_writes_has_its_words():
    source = Path(billing.entitlement.__file__).read_text()
    written = set(
        re.findall(
            r'"((?:subscription|payment|customer|unknown|action|never|not)_[a-z_]+)"', source
        )
    )
    written -= set(billing.entitlement.CODES_OF_ENDINGS)  # Stripe's own words
    assert {"subscription_ending", "never_subscribed"} <= written
    assert written - set(REASONS) == set()


@pytest.mark.parametrize("code", REASONS)
def test_every_reason_can_be_said_without_any_params(code):
    assert describe(code)
    assert "%(" not in describe(code)
    assert "recorded as" not in describe(code) or not plain(code)


def plain(code):
    return any("%(" not in str(sentence) for sentence in REASONS[code].sentences)


def test_unknown_reason_still_yields_a_sentence():
    assert describe("moon_is_full", {"a": 1}) == "The reason is recorded as “moon_is_full”."


def test_reason_names_subscription_and_date():
    params = {"until": "2027-05-03T10:00:00+00:00", "subscription": "sub_123"}
    assert describe("subscription_active", params) == (
        "Pro until 3 May 2027 through subscription sub_123, which renews by itself."
    )


def test_dates_follow_the_language():
    with translation.override("de"):
        said = describe("subscription_active", {"until": "2027-05-03T10:00:00+00:00"})
    assert "3. Mai 2027" in said


def test_params_cant_break_the_sentence():
    assert describe("unknown_status", {"subscription": "%(x)s %", "status": "9T99"})
    assert describe("subscription_active", {"until": "soon", "subscription": None})
