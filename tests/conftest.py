"""Fixtures that every test may use."""

import pytest
from django.core.cache import caches

from krate_site.tenancy.sites import forget_all
from tests.clients import TenantClient
from tests.factories import SiteFactory

pytest_plugins = ["tests.machine", "tests.selling"]


@pytest.fixture(autouse=True)
def _empty_cache():
    """Rate limits, cached pages and tenants of one test are nothing to the next."""
    for cache in caches.all(initialized_only=True):
        cache.clear()
    forget_all()


@pytest.fixture
def site(db):
    """A tenant with billing enabled."""
    return SiteFactory(hostname="courier.localhost", site_name="The Courier", billing=True)


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
