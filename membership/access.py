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
    SUBSCRIBE,
    CurrentStanding,
    Link,
    Wall,
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
    """What `decide` must know of a reader at a tenant at one moment, `now`.

    `current` is how they stand by then, None for whoever isn't signed in with a membership here;
    `is_team` is whether they work in this tenant's admin. Without more it is a visitor.
    """

    now: datetime = field(default_factory=timezone.now)
    current: CurrentStanding | None = None
    is_team: bool = False


@dataclass(frozen=True, kw_only=True)
class Decision:
    """The wall that a reader meets, None where they may read the page; and why.

    `is_team` tells of those who read it because they work here: they see where others meet a wall.
    """

    wall: Wall | None
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


def decide(  # noqa: PLR0911 - one question after the other, each with its answer
    page: HasAccess, reader: Reader
) -> Decision:
    """Return whether this reader may read this page, as whom, and why.

    Anything unknown is closed and logged (rule G7), for the tenant's own team as well.
    """
    if page.access not in ACCESS_VALUES:
        logger.error("Page with unknown access value %r stays closed.", page.access)
        return Decision(wall=NOT_SOLD, reason_code="unknown_access")
    if page.access == Access.PUBLIC:
        return Decision(wall=None, reason_code="public")
    if is_open_by_time(page, reader.now):
        return Decision(wall=None, reason_code="public_for_now")
    if reader.is_team:
        return Decision(wall=None, is_team=True, reason_code="team")
    if reader.current is None:
        wall = SIGN_UP if page.access == Access.MEMBERS else SIGN_UP_FOR_PRO
        return Decision(wall=wall, reason_code="not_signed_in")
    if page.access == Access.MEMBERS:
        return Decision(wall=None, reason_code="member")
    return Decision(
        wall=None if reader.current.is_pro else reader.current.state.wall,
        reason_code=reader.current.reason_code,
        reason_params=reader.current.reason_params,
    )


def offer_to(reader: Reader) -> Link | None:
    """Return what the masthead of a gated page offers this reader where Pro is sold."""
    if reader.is_team:
        return None
    if reader.current is None:
        return SUBSCRIBE
    state = reader.current.state
    return state.offer if state.offers_to_pro or not reader.current.is_pro else None


def finished_page(decision: Decision, reader: Reader) -> str | None:
    """Return which finished page this reader gets, for keeping one of each (rule S1).

    None for the tenant's team, whose pages are never kept. Whether Pro is sold tells no readers
    apart: that belongs to the tenant's content.
    """
    if reader.is_team:
        return None
    standing = reader.current.standing if reader.current else "visitor"
    shown = decision.wall.key if decision.wall else "full"
    return f"{shown} {standing if offer_to(reader) else ''}"
