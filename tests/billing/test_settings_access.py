"""Who sees the billing settings in the admin, and who is refused (rules T3, T4; R20)."""

import pytest
from wagtail.models import GroupSitePermission

from billing.models import BillingSettings, TenantFeatures
from membership.models import User
from tests.billing.panel import URL, stored
from tests.factories import UserFactory, team_member


def test_R20_T3_no_menu_item_and_no_view_where_billing_is_off(at_panel, site):
    TenantFeatures.objects.filter(site=site).update(billing_enabled=False)
    assert URL not in at_panel.get("/admin/").content.decode()
    assert_refused(at_panel.get(URL))


def test_R20_T3_not_even_a_superuser_sees_them_where_billing_is_off(client_at, site):
    TenantFeatures.objects.filter(site=site).update(billing_enabled=False)
    client = client_at(site)
    client.force_login(User.objects.create_superuser("root@example.com", "x"))
    assert "billing/" not in client.get("/admin/").content.decode()
    assert_refused(client.get(URL))
    assert_refused(client.get(f"{URL}billingsettings/{site.pk}/"))
    assert_refused(client.post(URL, {"publishable_key": "pk_test_intruder"}))


def test_R20_the_menu_leads_to_them_where_billing_is_on(at_panel):
    assert "/admin/settings/billing/" in at_panel.get("/admin/").content.decode()
    assert at_panel.get(URL).status_code == 200


@pytest.mark.parametrize("path", ["", "check/", "webhook/", "portal/"])
def test_T3_editors_members_and_strangers_are_refused(client_at, site, shop, path):
    client = client_at(site)
    for user in (None, UserFactory(), team_member(site, "editors")):
        if user:
            client.force_login(user)
        response = client.post(URL + path, {"publishable_key": "pk_test_intruder"})
        assert response.status_code in (302, 404)
        assert stored(site).publishable_key == shop.publishable_key


def test_T4_another_tenants_admin_is_refused_by_every_address(client_at, site, shop, other_shop):
    client = client_at(other_shop.site)
    client.force_login(team_member(other_shop.site))
    for path in (f"{URL}billingsettings/{site.pk}/", f"{URL}billingsettings/{site.pk}/preview/"):
        for response in (client.get(path), client.post(path, {"publishable_key": "pk_test_x"})):
            assert response.status_code in (302, 404)
            assert shop.publishable_key not in response.content.decode()
    assert stored(site).publishable_key == shop.publishable_key


def test_T4_an_admin_of_two_tenants_gets_the_one_whose_host_he_asks(
    client_at, shop, other_shop, admin
):
    admin.groups.add(*team_member(other_shop.site).groups.all())
    for here, there in ((shop, other_shop), (other_shop, shop)):
        client = client_at(here.site)
        client.force_login(admin)
        page = client.get(URL).content.decode()
        assert here.publishable_key in page
        assert there.publishable_key not in page
        assert_refused(client.get(f"{URL}billingsettings/{there.site.pk}/"))


def test_T3_a_right_for_all_sites_counts_nothing(client_at, site, shop):
    user = team_member(site)
    GroupSitePermission.objects.filter(group__user=user).delete()
    permission = BillingSettings.get_permission_policy()._get_permission_objects_for_actions(
        ["change"]
    )
    user.groups.first().permissions.add(*permission)
    client = client_at(site)
    client.force_login(user)
    assert_refused(client.get(URL))


def test_wagtails_own_address_leads_to_the_one_panel(at_panel, site):
    for path in (f"{URL}billingsettings/", f"{URL}billingsettings/{site.pk}/"):
        assert at_panel.get(path).headers["Location"] == URL


def assert_refused(response):
    assert response.status_code == 302
    assert response.headers["Location"] == "/admin/"
