"""Who reads: from a request to the `Reader` that `decide` asks for."""

from typing import cast

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from wagtail.models import Site

from membership.access import Reader
from membership.accounts.sessions import is_on_team, membership_of
from membership.billing_provider import billing_provider
from membership.models import Membership
from membership.states import CurrentStanding


def pro_on_sale(site: Site) -> bool:
    """Return whether the tenant sells Pro, asked once, when a wall or a masthead has to know."""
    return cast(bool, SimpleLazyObject(lambda: billing_provider().sells_pro(site)))


def reader_for(request: HttpRequest) -> Reader:
    """Return the reader of this request at its tenant, the same each time, as of one moment.

    Someone not signed in costs no query.
    """
    reader: Reader | None = getattr(request, "reader", None)
    if reader is None:
        reader = reader_of(membership_of(request), is_team=is_on_team(request))
        request.reader = reader  # type: ignore[attr-defined]
    return reader


def reader_of(membership: Membership | None, *, is_team: bool) -> Reader:
    """Return what somebody with this membership, or none, is to `decide`, now."""
    now = timezone.now()
    current = membership.standing_at(now) if membership else None
    return Reader(now=now, current=current, is_team=is_team)


def preview_reader(request: HttpRequest) -> Reader:
    """Return whom the editor wants to see the draft as (rule G6), never as one of the team."""
    mode = getattr(request, "preview_mode", "")
    if mode not in ("member", "pro"):
        return Reader()
    return Reader(current=CurrentStanding(is_pro=mode == "pro"))
