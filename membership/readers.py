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
    if membership is None:
        return Reader(now=now, is_team=is_team)
    current = membership.standing_at(now)
    return Reader(
        now=now,
        is_member=True,
        is_pro=current.is_pro,
        is_team=is_team,
        standing=current.standing,
        reason_code=current.reason_code,
        reason_params=current.reason_params,
    )


def preview_reader(request: HttpRequest) -> Reader:
    """Return whom the editor wants to see the draft as (rule G6), never as one of the team."""
    mode = getattr(request, "preview_mode", "")
    return Reader(is_member=mode in ("member", "pro"), is_pro=mode == "pro")
