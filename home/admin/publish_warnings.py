"""No way of publishing opens a page without a word: an old version, a plan, many at once (rule G1)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.admin import messages
from wagtail.models import Page

from home.admin.access_words import readers_in_brief
from krate_site.formats import write_time
from membership.access import Access, open_span
from membership.paywall import GatedPage

WIDEST_FIRST: list[str] = [Access.PUBLIC, Access.MEMBERS, Access.PRO]
REVERT = "wagtailadmin_pages:revisions_revert"


@hooks.register("before_edit_page")
def warn_of_an_old_versions_access(request: HttpRequest, page: Page) -> None:
    """Say beside an old version's form that it would open the page."""
    match = request.resolver_match
    if request.method != "GET" or match is None or match.view_name != REVERT:
        return
    if (before := opened_by(page)) is not None:
        messages.warning(
            request,
            _(
                "This version is for: %(new)s. The page is for: %(old)s. Look at “Access” before "
                "you publish it."
            )
            % {"new": readers_in_brief(page), "old": readers_in_brief(before)},
        )


@hooks.register("before_publish_page")
def tell_of_an_opening(request: HttpRequest, page: Page) -> None:
    """Say that what is published, or planned to be, opens the page."""
    before = opened_by(page)
    if before is None:
        return
    words = {"title": page.title, "new": readers_in_brief(page), "old": readers_in_brief(before)}
    if page.go_live_at and page.go_live_at > timezone.now():
        when = write_time(page.go_live_at, "DATETIME_FORMAT")
        told = _("“%(title)s” opens on %(when)s: then for %(new)s, until then for %(old)s.")
        messages.warning(request, told % {**words, "when": when})
    else:
        told = _("“%(title)s” was opened: now for %(new)s, before for %(old)s.")
        messages.warning(request, told % words)


@hooks.register("before_bulk_action")
def tell_of_openings(
    request: HttpRequest, action_type: str, objects: Iterable[Any], _action: object
) -> None:
    """Say the same of each of many drafts that are published at once."""
    if action_type == "publish":
        for row in objects:
            if isinstance(row, Page):
                tell_of_an_opening(request, row.get_latest_revision_as_object())


def opened_by(version: Page) -> GatedPage | None:
    """Return the page as it stands where this version of it would let more people read it."""
    if not isinstance(version, GatedPage):
        return None
    page = (
        type(version)._base_manager.filter(pk=version.pk, first_published_at__isnull=False).first()
    )
    return page if page is not None and opens(version, page) else None


def opens(version: GatedPage, page: GatedPage) -> bool:
    """Return whether this version lets more people read than the page does, at any time from now."""
    if rank(version) != rank(page):
        return rank(version) > rank(page)
    now = timezone.now()
    new, old = open_to_everyone(version, now), open_to_everyone(page, now)
    if new is None or old is None:
        return new is not None
    return new[0] < old[0] or new[1] > old[1]


def rank(page: GatedPage) -> int:
    """Return how far a page is open, dates apart; unknown access is closed (rule G7)."""
    known = page.access in WIDEST_FIRST
    return -WIDEST_FIRST.index(page.access) if known else -len(WIDEST_FIRST)


def open_to_everyone(page: GatedPage, now: datetime) -> tuple[datetime, datetime] | None:
    """Return from when to when a date opens a page from now on, None for never."""
    span = None if page.is_always_public else open_span(page)
    return (max(now, span[0]), span[1]) if span is not None and span[1] > now else None
