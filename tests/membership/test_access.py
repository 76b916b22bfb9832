"""`decide`, pure: every access value, every state of a reader, every timed gate."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from membership.access import Access, Audience, Reader, decide
from membership.models import Standing
from membership.wall import wall_for

NOW = datetime(2027, 5, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass
class Page:
    access: str = Access.PRO
    public_until: datetime | None = None
    public_after_days: int | None = None
    first_published_at: datetime | None = None


VISITOR = Reader(now=NOW)
MEMBER = Reader(now=NOW, is_member=True)
PRO = Reader(now=NOW, is_member=True, is_pro=True, standing=Standing.PRO)


@pytest.mark.parametrize(
    ("access", "reader", "allowed"),
    [
        (Access.PUBLIC, VISITOR, True),
        (Access.PUBLIC, MEMBER, True),
        (Access.PUBLIC, PRO, True),
        (Access.MEMBERS, VISITOR, False),
        (Access.MEMBERS, MEMBER, True),
        (Access.MEMBERS, PRO, True),
        (Access.PRO, VISITOR, False),
        (Access.PRO, MEMBER, False),
        (Access.PRO, PRO, True),
    ],
)
def test_who_reads_what(access, reader, allowed):
    decision = decide(Page(access=access), reader)
    assert decision.allowed == allowed
    assert (decision.audience == Audience.FULL) == allowed


@pytest.mark.parametrize("access", ["", "PUBLIC", "Public", "none", "pro ", "public\n", None, 0])
@pytest.mark.parametrize("reader", [VISITOR, MEMBER, PRO])
def test_G7_unknown_access_is_closed_to_everybody_and_logged(access, reader, caplog):
    page = Page(access=access, public_until=NOW + DAY)
    decision = decide(page, reader)
    assert not decision.allowed
    assert decision.reason.code == "unknown_access"
    assert "unknown access value" in caplog.text


@pytest.mark.parametrize(
    ("standing", "audience"),
    [
        (Standing.FREE, Audience.UPGRADE),
        (Standing.TRIAL, Audience.RENEW),
        (Standing.PRO, Audience.RENEW),
        (Standing.ENDING, Audience.RENEW),
        (Standing.ENDED, Audience.RENEW),
        (Standing.PAST_DUE, Audience.PAY),
        (Standing.ACTION_REQUIRED, Audience.CONFIRM),
        (Standing.INCOMPLETE, Audience.COMPLETE),
        (Standing.PENDING, Audience.PENDING),
        (Standing.PAUSED, Audience.PAUSED),
        ("a standing of tomorrow", Audience.RENEW),
    ],
)
def test_each_standing_has_its_wall(standing, audience):
    reader = Reader(now=NOW, is_member=True, standing=standing)
    assert decide(Page(), reader).audience == audience


@pytest.mark.parametrize("standing", Standing)
def test_T3_where_pro_isnt_sold_the_wall_only_says_whom_the_page_is_for(standing):
    for is_member in (False, True):
        reader = Reader(now=NOW, is_member=is_member, standing=standing)
        wall = wall_for(decide(Page(), reader).audience, "/kettles/", on_sale=False)
        assert (wall.audience, wall.action, wall.others) == (Audience.PRO_ONLY, None, ())


def test_T3_where_pro_isnt_sold_a_members_page_asks_to_sign_up():
    audience = decide(Page(access=Access.MEMBERS), VISITOR).audience
    assert wall_for(audience, "/kettles/", on_sale=False).audience == Audience.SIGN_UP


def test_G5_reason_is_the_readers_own():
    reader = Reader(
        now=NOW,
        is_member=True,
        is_pro=True,
        reason_code="subscription_active",
        reason_params={"subscription": "sub_1"},
    )
    reason = decide(Page(), reader).reason
    assert (reason.code, reason.params) == ("subscription_active", {"subscription": "sub_1"})


def test_pro_without_membership_here_reads_nothing():
    assert not decide(Page(), Reader(now=NOW, is_pro=True)).allowed


@pytest.mark.parametrize(
    ("page", "allowed"),
    [
        (Page(public_until=NOW + timedelta(microseconds=1)), True),
        (Page(public_until=NOW), False),
        (Page(public_until=NOW - DAY), False),
        (Page(public_after_days=7, first_published_at=NOW - 7 * DAY), True),
        (
            Page(public_after_days=7, first_published_at=NOW - 7 * DAY + timedelta(microseconds=1)),
            False,
        ),
        (Page(public_after_days=7, first_published_at=None), False),
        (Page(public_after_days=0, first_published_at=NOW), True),
        # Two gates contradict each other: neither opens.
        (
            Page(public_until=NOW + DAY, public_after_days=1, first_published_at=NOW - 7 * DAY),
            False,
        ),
    ],
)
def test_timed_gates_are_exact(page, allowed):
    assert decide(page, VISITOR).allowed == allowed


def test_timed_gate_never_closes_a_public_page():
    assert decide(Page(access=Access.PUBLIC, public_until=NOW - DAY), VISITOR).allowed
