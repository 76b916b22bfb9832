"""Where finished pages are kept: in Django's cache, and for a while in this process, too.

Whatever is kept holds for a stretch of time, which is asked by the caller's clock. A cache that
can't be reached keeps nothing, and is never why a page isn't answered.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache

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
