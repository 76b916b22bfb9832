"""Rule T2: a session is a login at the host where it was made, and nowhere else."""

import pytest
from django.conf import settings
from django.contrib.auth import SESSION_KEY

from membership.accounts.sessions import SITE_SESSION_KEY
from membership.models import Membership
from tests.factories import SiteFactory, UserFactory, team_member

pytestmark = pytest.mark.django_db
PASSWORD = "correct-horse-battery"


@pytest.fixture
def other(db):
    return SiteFactory(hostname="gazette.localhost", site_name="The Gazette")


def sign_in(client, user, next_url=""):
    return client.post(
        "/accounts/login/", {"login": user.email, "password": PASSWORD, "next": next_url}
    )


@pytest.fixture
def reader(db):
    return UserFactory(email="ada@example.com", password=PASSWORD, verified=True)


def test_cookie_carried_to_another_tenant_is_no_login_there(site, other, client, reader):
    client.defaults["HTTP_HOST"] = site.hostname
    sign_in(client, reader)
    assert client.get("/account/").status_code == 200
    client.defaults["HTTP_HOST"] = other.hostname
    assert client.get("/account/").status_code == 302
    assert not Membership.objects.filter(site=other).exists()
    client.defaults["HTTP_HOST"] = site.hostname
    assert client.get("/account/").status_code == 200


def test_even_a_superusers_session_stays_at_its_host(site, other, client, reader):
    reader.is_superuser = True
    reader.save()
    client.defaults["HTTP_HOST"] = site.hostname
    sign_in(client, reader)
    assert client.get("/admin/").status_code == 200
    client.defaults["HTTP_HOST"] = other.hostname
    assert client.get("/admin/").status_code == 302


def test_session_without_a_site_is_no_login(site, client, reader):
    client.defaults["HTTP_HOST"] = site.hostname
    sign_in(client, reader)
    session = client.session
    del session[SITE_SESSION_KEY]
    session.save()
    assert client.get("/account/").status_code == 302


def test_membership_is_made_once_at_the_first_sign_in_at_each_host(site, other, client, reader):
    for tenant in (site, site, other):
        client.defaults["HTTP_HOST"] = tenant.hostname
        sign_in(client, reader)
        client.post("/accounts/logout/")
    assert sorted(Membership.objects.values_list("site__hostname", flat=True)) == [
        "courier.localhost",
        "gazette.localhost",
    ]


def test_unproven_address_makes_no_membership(site, client, mailoutbox):
    user = UserFactory(email="eve@example.com", password=PASSWORD)
    client.defaults["HTTP_HOST"] = site.hostname
    answer = sign_in(client, user)
    assert answer.url == "/accounts/confirm-email/"
    assert client.get("/account/").status_code == 302
    assert not Membership.objects.exists()


def test_changed_password_ends_other_sessions(site, client, reader):
    client.defaults["HTTP_HOST"] = site.hostname
    sign_in(client, reader)
    reader.set_password("another-password-now")
    reader.save()
    assert client.get("/account/").status_code == 302
    assert SESSION_KEY not in client.session


def test_closed_account_is_signed_out_at_once(site, client, reader):
    client.defaults["HTTP_HOST"] = site.hostname
    sign_in(client, reader)
    reader.is_active = False
    reader.save()
    assert client.get("/account/").status_code == 302


def test_session_signed_with_a_retired_key_goes_on(site, client, reader, settings):
    client.defaults["HTTP_HOST"] = site.hostname
    settings.SECRET_KEY = "the-old-one"
    sign_in(client, reader)
    settings.SECRET_KEY = "the-new-one"
    settings.SECRET_KEY_FALLBACKS = ["the-old-one"]
    assert client.get("/account/").status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert client.get("/account/").status_code == 200


def test_login_changes_the_session_key(site, client, reader):
    client.defaults["HTTP_HOST"] = site.hostname
    planted = client.session
    planted["before"] = "login"
    planted.save()
    sign_in(client, reader)
    assert client.get("/account/").status_code == 200
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != planted.session_key
    client.cookies[settings.SESSION_COOKIE_NAME] = planted.session_key
    assert client.get("/account/").status_code == 302


# --- The admin's door


def test_reader_at_the_admins_door_is_told_so_and_not_sent_in_circles(site, client, reader):
    client.defaults["HTTP_HOST"] = site.hostname
    sign_in(client, reader)
    page = client.get("/admin/", follow=True)
    assert page.status_code == 403
    assert len(page.redirect_chain) == 1
    assert "ada@example.com" in page.text
    assert "/accounts/login/?next=%2Fadmin%2F" in page.text


@pytest.mark.parametrize("path", ["/admin/login/", "/_util/login/"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_wagtails_own_logins_lead_to_ours(site, client_at, path, method):
    answer = getattr(client_at(site), method)(path + "?next=/admin/pages/")
    assert answer.status_code == 302
    assert answer.url == "/accounts/login/?next=/admin/pages/"


@pytest.mark.parametrize("path", ["/admin/password_reset/", "/admin/password_reset/done/"])
def test_wagtails_own_password_reset_isnt_there(site, client_at, path):
    assert client_at(site).get(path).status_code == 404


def test_team_signs_in_through_the_accounts_and_lands_in_the_admin(site, client):
    admin = team_member(site, email="ed@example.com", password=PASSWORD)
    client.defaults["HTTP_HOST"] = site.hostname
    answer = client.get("/admin/pages/")
    assert answer.url == "/accounts/login/?next=/admin/pages/"
    assert sign_in(client, admin, "/admin/pages/").url == "/admin/pages/"
    assert client.get("/admin/").status_code == 200


def test_addresses_and_passwords_cant_be_changed_behind_the_accounts_back(site, client):
    client.speak_to(site)
    admin = team_member(site, email="ed@example.com")
    client.force_login(admin)
    page = client.get("/admin/account/")
    if page.status_code == 200:
        assert 'name="name_email-email"' not in page.text
        assert "old_password" not in page.text
        client.post("/admin/account/", {"name_email-email": "root@example.com"})
    admin.refresh_from_db()
    assert admin.email == "ed@example.com"
