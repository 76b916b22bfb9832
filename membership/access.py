"""Who may read a page: `decide`, pure, and the only place where access is decided.

Beside it `offer_to`: what the masthead above a gated page offers the same reader.
"""

import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from membership.states import (
    NOT_SOLD,
    SIGN_UP,
    SIGN_UP_FOR_PRO,
    Offer,
    Standing,
    Wall,
    state_of,
)

logger = logging.getLogger(__name__)


class Access(models.TextChoices):
    """Who a page is for; editors choose one for each page."""

    PUBLIC = "public", _("Everyone")
    MEMBERS = "members", _("Members")
    PRO = "pro", _("Pro members")


# Django makes the list of values anew, with their words, each time that it is asked for.
ACCESS_VALUES = frozenset(Access.values)
SINCE_EVER, FOR_EVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Reader:
    """What `decide` must know of a reader at a tenant at one moment.

    `is_member` means signed in with a membership at this tenant; `is_pro` is by the clock, at
    `now`; `is_team` is whether they work in this tenant's admin. Without more it is a visitor,
    whom nobody knows.
    """

    now: datetime = field(default_factory=timezone.now)

    is_member: bool = False
    is_pro: bool = False
    is_team: bool = False
    standing: str = Standing.FREE
    reason_code: str = "never_subscribed"
    reason_params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Decision:
    """The wall that a reader meets, None where they may read the page; and why.

    `is_team` tells of those who read it because they work here: they see where others meet a wall.
    """

    wall: Wall | None = None
    is_team: bool = False
    reason_code: str
    reason_params: dict[str, Any] = field(default_factory=dict)

    @property
    def allowed(self) -> bool:
        return self.wall is None


class HasAccess(Protocol):
    """Anything with an access value and its timed gates: `decide` needs no page and no database.

    `public_until` opens a page until that moment; `public_after_days` opens it for good that many
    days after its first publication.
    """

    access: str
    public_until: datetime | None
    public_after_days: int | None
    first_published_at: datetime | None


def open_span(page: HasAccess) -> tuple[datetime, datetime] | None:
    """Return from when, and until just before when, a timed gate makes this public; None for never.

    Two gates on one page contradict each other, so then neither opens it.
    """
    if page.public_until is not None and page.public_after_days is not None:
        return None
    if page.public_until is not None:
        return SINCE_EVER, page.public_until
    if page.public_after_days is not None and page.first_published_at is not None:
        return page.first_published_at + timedelta(days=page.public_after_days), FOR_EVER
    return None


def is_open_by_time(page: HasAccess, now: datetime) -> bool:
    """Return whether a timed gate makes this page public at this moment."""
    span = open_span(page)
    return span is not None and span[0] <= now < span[1]


def decide(page: HasAccess, reader: Reader) -> Decision:
    """Return whether this reader may read this page, as whom, and why.

    Anything unknown is closed and logged (rule G7), for the tenant's own team as well.
    """
    if page.access not in ACCESS_VALUES:
        logger.error("Page with unknown access value %r stays closed.", page.access)
        return Decision(wall=NOT_SOLD, reason_code="unknown_access")
    if page.access == Access.PUBLIC:
        return Decision(reason_code="public")
    if is_open_by_time(page, reader.now):
        return Decision(reason_code="public_for_now")
    if reader.is_team:
        return Decision(is_team=True, reason_code="team")
    if page.access == Access.MEMBERS:
        return decide_for_members(reader)
    return decide_for_pro(reader)


def decide_for_members(reader: Reader) -> Decision:
    """Return the decision for a page that is open to whoever has an account here."""
    if reader.is_member:
        return Decision(reason_code="member")
    return Decision(wall=SIGN_UP, reason_code="not_signed_in")


def decide_for_pro(reader: Reader) -> Decision:
    """Return the decision for a page that is open to Pro members only."""
    if not reader.is_member:
        return Decision(wall=SIGN_UP_FOR_PRO, reason_code="not_signed_in")
    return Decision(
        wall=None if reader.is_pro else state_of(reader.standing).wall,
        reason_code=reader.reason_code,
        reason_params=reader.reason_params,
    )


def offer_to(reader: Reader) -> Offer | None:
    """Return what the masthead of a gated page offers this reader where Pro is sold."""
    if reader.is_team:
        return None
    state = state_of(reader.standing)
    return state.offer_while_pro if reader.is_pro else state.offer


def finished_page(decision: Decision, reader: Reader) -> str | None:
    """Return which finished page this reader gets, for keeping one of each (rule S1).

    None for the tenant's team, whose pages are never kept. Whether Pro is sold tells no readers
    apart: that belongs to the tenant's content.
    """
    offer = offer_to(reader)
    wall_key = decision.wall.key if decision.wall else "full"
    return None if reader.is_team else f"{wall_key} {offer.key if offer else 'nothing'}"
