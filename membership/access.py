"""Who may read a page: `decide`, pure, and the only place where access is decided.

Beside it `offer_to`: what the masthead above a gated page offers the same reader.
"""

import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from membership.models import Standing

logger = logging.getLogger(__name__)


class Access(models.TextChoices):
    """Who a page is for; editors choose one for each page."""

    PUBLIC = "public", _("Everyone")
    MEMBERS = "members", _("Members")
    PRO = "pro", _("Pro members")


# Django makes the list of values anew, with their words, each time that it is asked for.
ACCESS_VALUES = frozenset(Access.values)
SINCE_EVER, FOR_EVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class Audience(models.TextChoices):
    """Which version of a page a reader gets: the full page, or the wall of their state."""

    FULL = "full", _("Full page")
    TEAM = "team", _("Full page, with a note where readers meet the wall")
    SIGN_UP = "sign_up", _("Wall: sign up or sign in")
    SIGN_UP_FOR_PRO = "sign_up_for_pro", _("Wall: sign up or sign in, then Pro")
    UPGRADE = "upgrade", _("Wall: upgrade to Pro")
    RENEW = "renew", _("Wall: Pro has ended")
    PAY = "pay", _("Wall: a payment failed")
    COMPLETE = "complete", _("Wall: the first payment isn't completed")
    CONFIRM = "confirm", _("Wall: a payment needs confirmation")
    PENDING = "pending", _("Wall: a payment is on its way")
    PAUSED = "paused", _("Wall: Pro is paused")
    PRO_ONLY = "pro_only", _("Wall: for Pro members, not on sale here")


class Offer(StrEnum):
    """What the masthead offers a reader beside the account; `membership.wall` has the words."""

    NOTHING = "nothing"
    SUBSCRIBE = "subscribe"
    RENEW = "renew"
    PAY = "pay"
    CONFIRM = "confirm"


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
class Reason:
    """Why a decision is as it is; `membership.states.describe` puts it in words."""

    code: str
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Whether a reader may read a page, which version of it they get, and why."""

    allowed: bool
    audience: Audience
    reason: Reason


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


PRO_WALLS: dict[str, Audience] = {
    Standing.FREE: Audience.UPGRADE,
    Standing.INCOMPLETE: Audience.COMPLETE,
    Standing.PAST_DUE: Audience.PAY,
    Standing.ACTION_REQUIRED: Audience.CONFIRM,
    Standing.PENDING: Audience.PENDING,
    Standing.PAUSED: Audience.PAUSED,
}


# What the masthead offers by standing: to whoever is Pro at this moment, and to whoever isn't. It
# contradicts neither the wall nor the account page, which has the way on for those left out.
OFFERS: dict[str, tuple[Offer, Offer]] = {
    Standing.FREE: (Offer.NOTHING, Offer.SUBSCRIBE),
    Standing.TRIAL: (Offer.NOTHING, Offer.RENEW),
    Standing.PRO: (Offer.NOTHING, Offer.RENEW),
    Standing.ENDING: (Offer.NOTHING, Offer.RENEW),
    Standing.ENDED: (Offer.NOTHING, Offer.RENEW),
    # Also to those who read on meanwhile: within the grace, or by complimentary access.
    Standing.PAST_DUE: (Offer.PAY, Offer.PAY),
    Standing.ACTION_REQUIRED: (Offer.CONFIRM, Offer.CONFIRM),
    Standing.INCOMPLETE: (Offer.NOTHING, Offer.NOTHING),
    Standing.PENDING: (Offer.NOTHING, Offer.NOTHING),
    Standing.PAUSED: (Offer.NOTHING, Offer.NOTHING),
}


def decide(page: HasAccess, reader: Reader) -> Decision:
    """Return whether this reader may read this page, as whom, and why.

    Anything unknown is closed and logged (rule G7), for the tenant's own team as well.
    """
    if page.access not in ACCESS_VALUES:
        logger.error("Page with unknown access value %r stays closed.", page.access)
        return Decision(
            allowed=False, audience=Audience.PRO_ONLY, reason=Reason(code="unknown_access")
        )
    if page.access == Access.PUBLIC:
        return open_to_all("public")
    if is_open_by_time(page, reader.now):
        return open_to_all("public_for_now")
    if reader.is_team:
        return Decision(allowed=True, audience=Audience.TEAM, reason=Reason(code="team"))
    if page.access == Access.MEMBERS:
        return decide_for_members(reader)
    return decide_for_pro(reader)


def offer_to(reader: Reader) -> Offer:
    """Return what the masthead of a gated page offers this reader where Pro is sold."""
    to_pro, to_others = OFFERS.get(reader.standing, (Offer.NOTHING, Offer.NOTHING))
    if reader.is_team:
        return Offer.NOTHING
    return to_pro if reader.is_pro else to_others


def finished_page(decision: Decision, reader: Reader) -> str | None:
    """Return which finished page this reader gets, for keeping one of each (rule S1).

    None for the tenant's team, whose pages are never kept. Whether Pro is sold tells no readers
    apart: that belongs to the tenant's content.
    """
    return None if reader.is_team else f"{decision.audience} {offer_to(reader)}"


def open_to_all(code: str) -> Decision:
    """Return the decision for a page that everybody may read."""
    return Decision(allowed=True, audience=Audience.FULL, reason=Reason(code=code))


def decide_for_members(reader: Reader) -> Decision:
    """Return the decision for a page that is open to whoever has an account here."""
    if reader.is_member:
        return Decision(allowed=True, audience=Audience.FULL, reason=Reason(code="member"))
    return Decision(allowed=False, audience=Audience.SIGN_UP, reason=Reason(code="not_signed_in"))


def decide_for_pro(reader: Reader) -> Decision:
    """Return the decision for a page that is open to Pro members only."""
    if not reader.is_member:
        reason = Reason(code="not_signed_in")
        return Decision(allowed=False, audience=Audience.SIGN_UP_FOR_PRO, reason=reason)
    reason = Reason(code=reader.reason_code, params=reader.reason_params)
    if reader.is_pro:
        return Decision(allowed=True, audience=Audience.FULL, reason=reason)
    # Whatever ended, for whatever cause, leads to the plans again.
    audience = PRO_WALLS.get(reader.standing, Audience.RENEW)
    return Decision(allowed=False, audience=audience, reason=reason)
