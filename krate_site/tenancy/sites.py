"""From host to `Site`, exactly (rule T1): no default site, no guess.

A process remembers its tenants, each with the version of what it shows. A tenant is read again
every quarter of a second, by one thread while the others go on; after half a second nobody goes on
without: so long may another process show what was. What this process itself changes holds from its
commit on.

`active_site` is for what is asked without a request, such as Wagtail's permission policies.
"""

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.db.models import F, Model
from django.db.models.base import ModelState
from django.db.models.signals import pre_save
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.translation import gettext as _
from wagtail.models import Site
from wagtail.models.sites import SiteRootPath

from krate_site.domain_names import DomainNameError, ascii_domain
from krate_site.tenancy.content_version import version_from

SECONDS_A_READING_HOLDS = 0.25
SECONDS_AT_MOST = 0.5

Row = TypeVar("Row", bound=Model)


def canonical_hostname(hostname: str) -> str:
    """Return a host name as browsers send it: lower case, ASCII, without the dot of the root.

    A name that has no ASCII form is returned as it is: no browser will ever ask for it.
    """
    hostname = hostname.strip()
    try:
        return ascii_domain(hostname)
    except DomainNameError:
        return hostname.lower().removesuffix(".")


def validate_hostname(hostname: str) -> None:
    """Say in Wagtail's form of a site that no browser can ask for this name."""
    try:
        ascii_domain(hostname.strip())
    except DomainNameError as error:
        raise ValidationError(_("This is no valid host name. Check its spelling.")) from error


@receiver(pre_save, sender=Site)
def store_canonical_hostname(instance: Site, **kwargs: Any) -> None:
    """Keep host names in the one form by which they are looked up."""
    instance.hostname = canonical_hostname(instance.hostname)


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
    tenant = read_tenant(hostname, now)
    if tenant is None:
        _known.pop(hostname, None)
        return None
    with _lock:
        # Something was changed here while we read: what we read may be from before.
        if forgotten == _forgotten:
            _known[hostname] = tenant
    return tenant


def read_tenant(hostname: str, now: float) -> KnownTenant | None:
    """Read the tenant at this host with the version of its content, in one statement."""
    rows = list(
        Site.objects.filter(hostname=hostname)
        .annotate(token=F("content_stamps__token"))
        .select_related("root_page", "publication")
        .order_by("pk", "content_stamps__pk")
    )
    if not rows:
        return None
    # Two sites may have one host name, by different ports: the older one is the tenant.
    tokens = [row.token for row in rows if row.pk == rows[0].pk]
    return KnownTenant(site=rows[0], version=version_from(tokens), read_at=now)


def forget(site_ids: Iterable[int]) -> None:
    """Have these tenants read again before anything is answered for them."""
    global _forgotten  # noqa: PLW0603 - what a process knows, by design
    gone = set(site_ids)
    with _lock:
        _forgotten += 1
        for hostname in [host for host, known in _known.items() if known.site.pk in gone]:
            del _known[hostname]


def copy_of(row: Row) -> Row:
    """Return a copy of a model's instance that shares no state with it; related rows are left out."""
    copied = object.__new__(type(row))
    copied.__dict__ = {**row.__dict__, "_state": ModelState()}
    copied._state.adding = False
    copied._state.db = row._state.db
    return copied


def site_for_host(hostname: str) -> Site:
    """Return the tenant that a command was told to work for; raises CommandError for none."""
    tenant = tenant_at(hostname)
    if tenant is None:
        raise CommandError(f"No tenant has the host {hostname}.", returncode=2)
    return tenant.own_site()


def current_site(request: HttpRequest) -> Site:
    """Return the tenant that TenantMiddleware found for this request."""
    return request._wagtail_site  # type: ignore[attr-defined,no-any-return]


def absolute_url(site: Site, path: str) -> str:
    """Return a URL at the tenant's own host, from its Site record and never from a Host header."""
    return f"{site.root_url}{path}"


def own_root_paths(site: Site) -> list[SiteRootPath]:
    """Return the tenant's own line of what Wagtail makes pages' addresses from.

    Wagtail keeps the lines of all sites in the cache for an hour: a tenant made meanwhile by
    another process has no addresses there, and every link costs a look at every tenant's line.
    """
    return [SiteRootPath(site.pk, site.root_page.url_path, site.root_url, settings.LANGUAGE_CODE)]


_active_site: ContextVar[Site | None] = ContextVar("active_site", default=None)


@contextmanager
def working_for(site: Site) -> Iterator[None]:
    """Make this the active tenant while the block runs; TenantMiddleware does for each request."""
    token = _active_site.set(site)
    try:
        yield
    finally:
        _active_site.reset(token)


def active_site() -> Site | None:
    """Return the tenant of the request being answered, or None outside of requests (commands)."""
    return _active_site.get()
