"""The audience cache (rule S1): a finished page, for each of the few audiences that it has.

Tenant and access are decided first, by `decide`, for this reader and this moment; only then is
the answer taken from the cache, by (tenant, address, what the decision was made of, audience and
masthead, language, version of the tenant's content, release of the site). An answer is kept for
the audience for which `membership.paywall` rendered it, and only if nothing in it was made for one
person. The tenant's own team is neither answered from the cache nor kept in it.
`docs/caching.md` tells more.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.utils import timezone
from django.utils.cache import set_response_etag

from krate_site.middleware import GetResponse, Middleware
from krate_site.tenancy.sites import current_site
from membership.access import Access, Reader, decide, finished_page
from membership.page_cache.expiry import next_change
from membership.page_cache.store import (
    Held,
    cache_key,
    fetch,
    keep,
    key_of_address,
    key_of_answer,
    version_of,
)
from membership.paywall import GatedPage
from membership.readers import reader_for

LONGEST_NUMBER = 4


@dataclass(kw_only=True)
class PageFacts:
    """What `decide` must know of the page at an address, and by what of the query it differs."""

    access: str = Access.PUBLIC
    public_until: datetime | None = None
    public_after_days: int | None = None
    first_published_at: datetime | None = None
    numbers_in_query: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Finished:
    """An answer as it was sent."""

    headers: dict[str, str]
    body: bytes
    until: datetime | None


class AudienceCacheMiddleware(Middleware):
    """Answers pages from the cache where it may; stands where the reader is known, if asked."""

    def __init__(self, get_response: GetResponse) -> None:
        if settings.DEBUG:
            raise MiddlewareNotUsed  # whoever edits templates wants to see it
        super().__init__(get_response)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # Wagtail's previews come by here, too, at the address of the page as it is published.
        is_preview = getattr(request, "is_dummy", False)
        if request.method not in ("GET", "HEAD") or is_preview or not version_of(request):
            return self.get_response(request)
        asked_at = timezone.now()
        finished = from_cache(request, asked_at)
        if finished is not None:
            return finished
        response = self.get_response(request)
        if may_be_kept(request, response):
            keep_finished(request, response, asked_at)
        return response


def from_cache(request: HttpRequest, asked_at: datetime) -> HttpResponse | None:
    """Return the finished answer to this request, or None where there is none."""
    page: PageFacts | None = fetch(key_of_address(request), asked_at)
    if page is None:
        return None
    numbers = numbers_asked_for(request, page.numbers_in_query)
    if numbers is None:
        return None
    # A public page is the same for everybody: the session isn't even opened.
    reader = Reader() if page.access == Access.PUBLIC else reader_for(request)
    variant = finished_page(decide(page, reader), reader)
    if variant is None:
        return None
    finished: Finished | None = fetch(key_of_answer(request, page, variant, numbers), reader.now)
    if finished is None:
        return None
    body = b"" if request.method == "HEAD" else finished.body
    response = HttpResponse(body, headers=finished.headers)
    if page.access == Access.PUBLIC:
        let_shared_caches_keep(response, now=reader.now, until=finished.until)
    return response


def numbers_asked_for(request: HttpRequest, names: tuple[str, ...]) -> str | None:
    """Return what of the query this page differs by; None where it is nothing to keep a page for."""
    if not names or not request.META.get("QUERY_STRING"):
        return ""
    asked = []
    for name in names:
        number = request.GET.get(name, "")
        if number and not (number.isascii() and number.isdigit() and len(number) <= LONGEST_NUMBER):
            return None
        asked.append(number)
    return ",".join(asked) if any(asked) else ""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """Which page was shown in an answer, and which finished page of it that is."""

    page: PageFacts
    variant: str


def note_shown(request: HttpRequest, page: Any, response: HttpResponseBase) -> None:
    """Note on the request what is shown in its answer, so that the answer may be kept.

    What a page type, or Wagtail's own privacy, keeps from caches is kept from this one, too.
    """
    if any(word in response.headers.get("Cache-Control", "") for word in ("private", "no-")):
        return
    if isinstance(page, GatedPage):
        variant = getattr(request, "variants", {}).get(page.pk)
        facts = PageFacts(
            access=page.access,
            public_until=page.public_until,
            public_after_days=page.public_after_days,
            first_published_at=page.first_published_at,
            numbers_in_query=getattr(page, "numbers_in_query", ()),
        )
    elif getattr(page, "is_the_same_for_everybody", False):
        facts = PageFacts(numbers_in_query=page.numbers_in_query)
        variant = finished_page(decide(facts, Reader()), Reader())
    else:
        return
    if variant is not None:
        request.shown = Shown(page=facts, variant=variant)  # type: ignore[attr-defined]


def may_be_kept(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Return whether this answer shows a page, and has nothing in it that is one person's."""
    shown: Shown | None = getattr(request, "shown", None)
    if shown is None or request.method != "GET" or response.streaming:
        return False
    is_public = shown.page.access == Access.PUBLIC
    vary = response.headers.get("Vary", "")
    session, messages = request.session, getattr(request, "_messages", None)
    return (
        response.status_code == 200
        and not response.cookies
        and vary == ("" if is_public else "Cookie")
        and not session.modified
        and not (is_public and session.accessed)
        and not getattr(messages, "used", False)
        and not getattr(messages, "added_new", False)
        and getattr(request, "_csp_nonce", None) is None
        and not request.META.get("CSRF_COOKIE_NEEDS_UPDATE")
    )


def keep_finished(request: HttpRequest, response: Any, asked_at: datetime) -> None:
    """Keep an answer, until a gate of the tenant's next opens or closes by the clock."""
    shown: Shown = request.shown  # type: ignore[attr-defined]
    numbers = numbers_asked_for(request, shown.page.numbers_in_query)
    if numbers is None:
        return
    until = clock_of(request, asked_at)
    if shown.page.access == Access.PUBLIC:
        set_response_etag(response)
    finished = Finished(headers=dict(response.headers), body=response.content, until=until)
    if shown.page.access == Access.PUBLIC:
        let_shared_caches_keep(response, now=asked_at, until=until)
    held = Held(value=finished, since=asked_at, until=until)
    keep(key_of_answer(request, shown.page, shown.variant, numbers), held)
    keep(key_of_address(request), Held(value=shown.page, since=asked_at, until=None))


def let_shared_caches_keep(
    response: HttpResponseBase, *, now: datetime, until: datetime | None
) -> None:
    """Let caches that many share (a CDN) answer a public page for as long as the operator set."""
    seconds = settings.SHARED_CACHE_SECONDS
    if until is not None:
        seconds = min(seconds, int((until - now).total_seconds()))
    if seconds > 0:
        response.headers["Cache-Control"] = (
            f"public, max-age=0, s-maxage={seconds}, must-revalidate"
        )


def clock_of(request: HttpRequest, asked_at: datetime) -> datetime | None:
    """Return when a page of this version next changes by the clock."""
    site = current_site(request)
    its_key = cache_key("clock", site, version_of(request))
    known = fetch(its_key, asked_at)
    if known is None:
        until = next_change(site, asked_at)
        known = (until,)
        keep(its_key, Held(value=known, since=asked_at, until=until))
    return known[0]


def hide_the_rest_of_the_query(request: HttpRequest, page: Any) -> None:
    """Leave of the query what the page declares to differ by: what it can't see, it can't show."""
    names = getattr(page, "numbers_in_query", ())
    query = urlencode({name: request.GET[name] for name in names if name in request.GET})
    request.GET = QueryDict(query)
    request.META["QUERY_STRING"] = query
