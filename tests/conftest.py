"""Fixtures that every test may use."""

import pytest
from django.core.cache import cache, caches
from wagtail.models.sites import SITE_ROOT_PATHS_CACHE_KEY, SITE_ROOT_PATHS_CACHE_VERSION

from krate_site.tenancy import sites
from tests.clients import TenantClient
from tests.factories import SiteFactory

pytest_plugins = ["tests.machine", "tests.selling"]


@pytest.fixture(autouse=True)
def _empty_cache():
    """Rate limits, cached pages and tenants of one test are nothing to the next."""
    for each in caches.all(initialized_only=True):
        each.clear()
    sites.forget({known.site.pk for known in sites._known.values()})


@pytest.fixture
def site(db):
    """A tenant with billing enabled."""
    return SiteFactory(hostname="courier.localhost", site_name="The Courier", billing=True)


@pytest.fixture
def known_before_the_tenant_was_made():
    """What Wagtail keeps for an hour in a process's cache, of the tenants that there were then."""

    def remember():
        cache.set(SITE_ROOT_PATHS_CACHE_KEY, [], version=SITE_ROOT_PATHS_CACHE_VERSION)

    remember()
    return remember


@pytest.fixture
def client():
    """A test client whose logins hold at the host that it speaks to."""
    return TenantClient()


@pytest.fixture
def client_at(client):
    """Return a function that makes the test client speak to one tenant's host."""

    def speak_to(site):
        client.speak_to(site)
        return client

    return speak_to
