"""`decide`, pure: every access value, every state of a reader, every timed gate."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from membership.access import Access, Reader, decide
from membership.paywall import wall_for
from membership.states import (
    NOT_SOLD,
    PAID_TIMES,
    RENEW,
    SIGN_UP,
    STATES,
    CurrentStanding,
    Standing,
    state_of,
)

NOW = datetime(2027, 5, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass
class Page:
    access: str = Access.PRO
    public_until: datetime | None = None
    public_after_days: int | None = None
    first_published_at: datetime | None = None


VISITOR = Reader(now=NOW)
MEMBER = Reader(now=NOW, current=CurrentStanding())
PRO = Reader(now=NOW, current=CurrentStanding(is_pro=True, standing=Standing.PRO))


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
    assert (decision.wall is None) == allowed


@pytest.mark.parametrize("access", ["", "PUBLIC", "Public", "none", "pro ", "public\n", None, 0])
@pytest.mark.parametrize("reader", [VISITOR, MEMBER, PRO])
def test_G7_unknown_access_is_closed_to_everybody_and_logged(access, reader, caplog):
    page = Page(access=access, public_until=NOW + DAY)
    decision = decide(page, reader)
    assert not decision.allowed
    assert decision.reason_code == "unknown_access"
    assert "unknown access value" in caplog.text


@pytest.mark.parametrize("standing", [*PAID_TIMES, Standing.ENDED, "a standing of tomorrow"])
def test_whatever_ended_leads_to_the_plans_again(standing):
    reader = Reader(now=NOW, current=CurrentStanding(standing=standing))
    assert decide(Page(), reader).wall == RENEW


@pytest.mark.parametrize("standing", Standing)
def test_each_standing_has_one_entry_and_a_way_on(standing):
    state = state_of(standing)
    assert state is STATES[standing]
    assert state.label
    assert state.headline
    assert state.wall.action.way in ("pro", "account")


def test_two_states_never_share_a_label_an_urgency_or_a_wall_of_other_words():
    states = list(STATES.values())
    assert len({str(state.label) for state in states}) == len(states)
    assert len({state.urgency for state in states}) == len(states)
    walls = {state.wall.key: state.wall for state in states}
    assert all(walls[state.wall.key] == state.wall for state in states)


@pytest.mark.parametrize("standing", Standing)
def test_T3_where_pro_isnt_sold_the_wall_only_says_whom_the_page_is_for(standing):
    for is_member in (False, True):
        current = CurrentStanding(standing=standing) if is_member else None
        reader = Reader(now=NOW, current=current)
        wall = wall_for(decide(Page(), reader).wall, "/kettles/", on_sale=False)
        assert (wall, wall.action, wall.others) == (NOT_SOLD, None, ())


def test_T3_where_pro_isnt_sold_a_members_page_asks_to_sign_up():
    wall = decide(Page(access=Access.MEMBERS), VISITOR).wall
    assert wall_for(wall, "/kettles/", on_sale=False).title == SIGN_UP.title


def test_G5_reason_is_the_readers_own():
    reader = Reader(
        now=NOW,
        current=CurrentStanding(
            is_pro=True,
            reason_code="subscription_active",
            reason_params={"subscription": "sub_1"},
        ),
    )
    decision = decide(Page(), reader)
    assert decision.reason_code == "subscription_active"
    assert decision.reason_params == {"subscription": "sub_1"}


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
