"""From host to `Site`, exactly (rule T1): no default site, no guess.

`active_site` is for what is asked without a request, such as Wagtail's permission policies.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models.signals import pre_save
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.translation import gettext as _
from wagtail.models import Site
from wagtail.models.sites import SiteRootPath

from krate_site.domain_names import DomainNameError, ascii_domain


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


def site_for_host(hostname: str) -> Site | None:
    """Return the tenant whose hostname is exactly this one (without port, any case), or None."""
    return (
        Site.objects.filter(hostname=canonical_hostname(hostname))
        .select_related("root_page", "publication")
        .order_by("pk")
        .first()
    )


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
