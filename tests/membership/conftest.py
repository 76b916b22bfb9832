"""Readers of each kind, and a shop in billing's place: what membership sees of money."""

from datetime import timedelta

import pytest
from django.utils import timezone

from krate_site.tenancy import sites
from krate_site.tenancy.models import Publication
from membership.billing_provider import (
    BillingProvider,
    CannotDeleteError,
    billing_provider,
    register_billing_provider,
)
from membership.states import Standing
from tests.factories import (
    ArticlePageFactory,
    ImageFactory,
    MembershipFactory,
    SectionPageFactory,
    UserFactory,
)

# As a browser sends it, of a session that is long gone.
GONE_SESSION = "abcdefghijklmnopqrstuvwxyz012345"


class Shop(BillingProvider):
    """A seller of Pro that keeps no books."""

    def __init__(self, sells=True):
        self.sells = sells
        self.refusal = ""
        self.cancelled = []
        self.asked = 0

    def sells_pro(self, site):
        self.asked += 1
        return self.sells

    def before_account_deletion(self, user):
        if self.refusal:
            raise CannotDeleteError(self.refusal)
        self.cancelled.append(user.email)

    def personal_data(self, user):
        return {"invoices": ["2027-001"]}


@pytest.fixture
def shop():
    """The seller of this test; set `sells` to close it."""
    before = billing_provider()
    shop = Shop()
    register_billing_provider(shop)
    yield shop
    register_billing_provider(before)


@pytest.fixture
def section(site):
    return SectionPageFactory(parent=site.root_page, title="World", slug="world")


@pytest.fixture
def member(site):
    """Return a function that makes a member of the tenant."""

    def make(*, pro=False, standing=Standing.FREE, **fields):
        fields.setdefault("user", UserFactory(verified=True))
        if pro:
            standing = Standing.PRO
            fields["pro_until"] = timezone.now() + timedelta(days=30)
        return MembershipFactory(site=site, standing=standing, **fields)

    return make


@pytest.fixture
def as_member(client, site, member):
    """Return a function that signs a new member in at the tenant."""

    def sign_in(**fields):
        membership = member(**fields)
        client.speak_to(site)
        client.force_login(membership.user)
        return client

    return sign_in


@pytest.fixture
def known_for_long(monkeypatch, site):
    """What this process changes must hold without waiting until the version is looked at again."""
    monkeypatch.setattr(sites, "SECONDS_A_READING_HOLDS", 3600)
    Publication.objects.create(site=site)


@pytest.fixture
def reader(site, client_at):
    """A visitor's browser at the tenant."""
    return client_at(site)


@pytest.fixture
def article(section):
    return ArticlePageFactory(
        parent=section, title="Kettles", slug="kettles", lead_image=ImageFactory(), tags=["steam"]
    )
