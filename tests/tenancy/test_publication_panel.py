"""A tenant's admin names and dresses his publication in one panel."""

import pytest

from home.tenants import create_tenant
from krate_site.tenancy.models import Publication
from membership.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant(db):
    return create_tenant(
        hostname="courier.localhost", name="The Courier", port=80, admin_email="ed@example.com"
    ).site


def panel(site):
    return f"/admin/settings/tenancy/publication/{site.pk}/"


def test_admin_renames_his_publication(tenant, client_at):
    client = client_at(tenant)
    client.force_login(User.objects.get(email="ed@example.com"))
    page = client.get(panel(tenant))
    assert page.status_code == 200
    assert 'value="The Courier"' in page.content.decode()
    answer = client.post(
        panel(tenant),
        {
            "name": "The Daily Courier",
            "tagline": "News",
            "language": "en",
            "accent_color": "#123456",
        },
    )
    assert answer.status_code == 302
    tenant.refresh_from_db()
    assert tenant.site_name == "The Daily Courier"
    assert Publication.objects.get(site=tenant).tagline == "News"
    assert "The Daily Courier" in client.get("/accounts/logout/").content.decode()


def test_publication_needs_a_name(tenant, client_at):
    client = client_at(tenant)
    client.force_login(User.objects.get(email="ed@example.com"))
    answer = client.post(panel(tenant), {"name": " ", "language": "en", "accent_color": "#123456"})
    assert answer.status_code == 200
    tenant.refresh_from_db()
    assert tenant.site_name == "The Courier"
