"""A section and readers of each kind, for the tests of what pages show."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import MembershipFactory, SectionPageFactory, UserFactory


@pytest.fixture
def section(site):
    """A section of the tenant."""
    return SectionPageFactory(parent=site.root_page, title="World", slug="world")


@pytest.fixture
def sign_in(client, site):
    """Return a function that signs a new reader in at the tenant, as a member or as Pro."""

    def sign_in(*, pro=False):
        until = timezone.now() + timedelta(days=30) if pro else None
        reader = UserFactory(verified=True)
        MembershipFactory(
            site=site, user=reader, pro_until=until, standing="pro" if pro else "free"
        )
        client.speak_to(site)
        client.force_login(reader)
        return reader

    return sign_in
