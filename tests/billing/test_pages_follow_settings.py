"""Rule S1: pages from the cache say "Subscribe" where Pro is on sale at this moment, and nowhere else."""

import pytest

from billing.models import BillingSettings, Price, TenantFeatures
from billing.setup.billing_toggle import switch
from krate_site.tenancy import sites
from tests.factories import ArticlePageFactory, SectionPageFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def says_subscribe(site, client_at, monkeypatch):
    """Return a function that tells whether all pages say it, each asked for twice."""
    monkeypatch.setattr(sites, "SECONDS_A_READING_HOLDS", 3600)
    section = SectionPageFactory(parent=site.root_page, slug="world")
    article = ArticlePageFactory(parent=section, access="pro")
    reader = client_at(site)

    def says_subscribe():
        said = {
            ">Subscribe</a>" in reader.get(address).text
            for address in ["/", "/world/", article.url] * 2
        }
        assert len(said) == 1
        return said.pop()

    return says_subscribe


def test_T3_S1_pages_follow_what_is_sold(site, open_shop, says_subscribe):
    assert not says_subscribe()
    open_shop(site)
    assert says_subscribe()

    prices = list(Price.objects.filter(site=site))
    Price.objects.filter(site=site).delete()
    assert not says_subscribe()
    for price in prices:
        price.pk = None
        price.save()
    assert says_subscribe()

    admin = UserFactory(is_superuser=True)
    switch(site, on=False, by=admin)
    assert not says_subscribe()
    switch(site, on=True, by=admin)
    assert says_subscribe()
    TenantFeatures.objects.filter(site=site).delete()
    assert not says_subscribe()
    TenantFeatures.objects.create(site=site, billing_enabled=True)

    settings = BillingSettings.objects.get(site=site)
    settings.monthly_price_id = settings.annual_price_id = ""
    settings.save()
    assert not says_subscribe()
