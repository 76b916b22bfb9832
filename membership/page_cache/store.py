"""Under which key finished pages are kept, and where: in Django's cache, and for a while in this
process, too.

Whatever is kept holds for a stretch of time, which is asked by the caller's clock. A cache that
can't be reached keeps nothing, and is never why a page isn't answered.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any

from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache
from django.http import HttpRequest
from wagtail.models import Site

from krate_site.tenancy.content_version import release
from krate_site.tenancy.models import Publication
from krate_site.tenancy.sites import current_site

logger = logging.getLogger(__name__)

SHARED, OWN = "pages", "pages_of_process"
# What no signal tells of (a row changed by hand in the database) is seen after so long.
LONGEST = 60 * 60


@dataclass(frozen=True, kw_only=True)
class Held:
    """Something with the stretch of time in which it is true; `until` isn't part of it."""

    value: Any
    since: datetime
    until: datetime | None

    def is_true_at(self, now: datetime) -> bool:
        return self.since <= now and (self.until is None or now < self.until)


def version_of(request: HttpRequest) -> str:
    """Return the version of the tenant's content that this request may show; "" for none known."""
    return request.content_version  # type: ignore[attr-defined]


def key_of_address(request: HttpRequest) -> str:
    """Return under which key the facts of the page at this address are kept."""
    return cache_key("address", current_site(request), version_of(request), address_of(request))


def key_of_answer(request: HttpRequest, page: object, variant: str, numbers: str) -> str:
    """Return under which key this finished page is kept.

    The facts are part of it: whoever decides by old ones finds nothing that was made by new ones.
    """
    site = current_site(request)
    rest = f"{variant}:{Publication.for_site(site).language}:{numbers}:{page}"
    return cache_key("answer", site, version_of(request), address_of(request), rest)


def address_of(request: HttpRequest) -> str:
    """Return the whole path, and what of it is the site's: by that its page is found."""
    return f"{request.path}\n{request.path_info}"


def cache_key(kind: str, site: Site, version: str, path: str = "", rest: str = "") -> str:
    """Return a key: no two tenants, versions, releases or addresses share one."""
    parts = "\n".join((release(), version, rest, path))
    return f"{kind}:{site.pk}:{blake2b(parts.encode(), digest_size=20).hexdigest()}"


def fetch(key: str, now: datetime) -> Any:
    """Return what is kept under this key and true at this moment, else None."""
    held = caches[OWN].get(key)
    if held is None and not isinstance(caches[SHARED], LocMemCache):
        held = fetch_shared(key)
        if held is not None:
            caches[OWN].set(key, held, LONGEST)
    return held.value if held is not None and held.is_true_at(now) else None


def fetch_shared(key: str) -> Held | None:
    """Return what another process kept, too."""
    try:
        held = caches[SHARED].get(key)
    except Exception:
        logger.warning("The cache of pages can't be read.", exc_info=True)
        return None
    return held if isinstance(held, Held) else None


def keep(key: str, held: Held) -> None:
    """Keep this for everybody who reads the same cache."""
    caches[OWN].set(key, held, LONGEST)
    if isinstance(caches[SHARED], LocMemCache):
        return
    try:
        caches[SHARED].set(key, held, LONGEST)
    except Exception:
        logger.warning("The cache of pages can't be written.", exc_info=True)
