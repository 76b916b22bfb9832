"""The tenants that this process knows, by their hosts, and the version of what they show.

A tenant is read again every quarter of a second, by one thread while the others go on; after half
a second nobody goes on without: so long may another process show what was. What this process
itself changes holds from its commit on.
"""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from django.db.models import F, Model
from django.db.models.base import ModelState
from wagtail.models import Site

from krate_site.tenancy.content_version import version_from
from krate_site.tenancy.sites import canonical_hostname

SECONDS_A_READING_HOLDS = 0.25
SECONDS_AT_MOST = 0.5

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, kw_only=True)
class KnownTenant:
    """A tenant as it was read. Its `site` is every request's: hand on `own_site()`."""

    site: Site
    version: str
    read_at: float

    def own_site(self) -> Site:
        """Return the Site with its root page and publication, for one request to do with as it likes."""
        site = copy_of(self.site)
        for name, related in self.site._state.fields_cache.items():
            if related is not None:
                # As Django's descriptors would, which take a tenth of a cached page's time.
                own = site._state.fields_cache[name] = copy_of(related)
                for back, other in related._state.fields_cache.items():
                    if other is self.site:
                        own._state.fields_cache[back] = site
        return site


_known: dict[str, KnownTenant] = {}
# Where a thread is looking already, so that not all of them do at the same moment.
_being_read: set[str] = set()
_forgotten = 0
_lock = threading.Lock()


def tenant_at(hostname: str) -> KnownTenant | None:
    """Return the tenant whose host name is exactly this (without port, any case), or None."""
    hostname = canonical_hostname(hostname)
    known = _known.get(hostname)
    if known is not None:
        age = time.monotonic() - known.read_at
        if age < SECONDS_A_READING_HOLDS or (age < SECONDS_AT_MOST and hostname in _being_read):
            return known
    _being_read.add(hostname)
    try:
        return read_again(hostname)
    finally:
        _being_read.discard(hostname)


def read_again(hostname: str) -> KnownTenant | None:
    """Return the tenant as it is now, whatever was known of it, and know it so from now on."""
    forgotten, now = _forgotten, time.monotonic()
    tenant = read(hostname, now)
    if tenant is None:
        _known.pop(hostname, None)
        return None
    with _lock:
        # Something was changed here while we read: what we read may be from before.
        if forgotten == _forgotten:
            _known[hostname] = tenant
    return tenant


def read(hostname: str, now: float) -> KnownTenant | None:
    """Read the tenant at this host with the version of its content, in one statement."""
    rows = (
        Site.objects.filter(hostname=hostname)
        .annotate(token=F("content_stamps__token"))
        .select_related("root_page", "publication")
        .order_by("pk", "content_stamps__pk")
    )
    sites = list(rows)
    if not sites:
        return None
    # Two sites may have one host name, by different ports: the older one is the tenant.
    site = sites[0]
    tokens = [each.token for each in sites if each.pk == site.pk]
    return KnownTenant(site=site, version=version_from(tokens), read_at=now)


def forget(site_ids: Iterable[int]) -> None:
    """Have these tenants read again before anything is answered for them."""
    global _forgotten  # noqa: PLW0603 - what a process knows, by design
    gone = set(site_ids)
    with _lock:
        _forgotten += 1
        for hostname in [host for host, known in _known.items() if known.site.pk in gone]:
            del _known[hostname]


def forget_all() -> None:
    """Have every tenant read again."""
    forget({known.site.pk for known in _known.values()})


def copy_of(row: Row) -> Row:
    """Return a copy of a model's instance that shares no state with it; related rows are left out."""
    copied = object.__new__(type(row))
    copied.__dict__ = {**row.__dict__, "_state": ModelState()}
    copied._state.adding = False
    copied._state.db = row._state.db
    return copied
