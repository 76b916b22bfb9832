"""Which tenant is this thread working for? Wagtail's permission policies are asked without a request."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from wagtail.models import Site

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
