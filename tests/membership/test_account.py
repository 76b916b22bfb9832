"""The account page and what one can do there."""

import json
import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.urls import reverse

from membership.models import Membership, User
from membership.states import Standing
from tests.factories import MembershipFactory, SiteFactory, UserFactory, team_member

pytestmark = pytest.mark.django_db
PASSWORD = "correct-horse-battery"


def mailed_code(mail):
    return re.search(r"^    (\S+)$", mail.body, re.MULTILINE)[1]


@pytest.fixture
def ada(site, client):
    """A member with a password, signed in by it."""
    user = UserFactory(email="ada@example.com", password=PASSWORD, verified=True)
    client.speak_to(site)
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    return user


def test_account_asks_to_sign_in_and_leads_back(site, client_at):
    answer = client_at(site).get("/account/")
    assert answer.status_code == 302
    assert answer.url == "/accounts/login/?next=/account/"


def test_account_is_kept_by_no_cache(as_member):
    answer = as_member().get("/account/")
    assert "no-store" in answer.headers["Cache-Control"]
    assert "private" in answer.headers["Cache-Control"]


def test_G5_account_says_how_the_member_stands_and_why(as_member):
    page = as_member(
        pro=True,
        reason_code="subscription_active",
        reason_params={"subscription": "sub_123", "until": "2027-05-03T00:00:00+00:00"},
    ).get("/account/")
    assert "You are a Pro member" in page.text
    assert "Pro until 3 May 2027; it renews by itself." in page.text


def test_account_says_when_pro_is_over(as_member):
    page = as_member(standing=Standing.ENDED, reason_code="subscription_canceled").get("/account/")
    assert "Your Pro membership has ended" in page.text
    assert "The subscription has ended." in page.text


MANAGE = '<a class="button button--secondary" href="/admin/">Manage this site</a>'


@pytest.mark.parametrize("group", ["admins", "editors"])
def test_who_signs_in_to_work_here_is_led_to_the_admin(site, client_at, group):
    person = team_member(site, group, email="ann@courier.example", password=PASSWORD)
    client = client_at(site)
    answer = client.post(
        "/accounts/login/", {"login": person.email, "password": PASSWORD}, follow=True
    )
    assert answer.request["PATH_INFO"] == "/account/"
    assert MANAGE in answer.text
    assert client.get("/admin/").status_code == 200


def test_who_may_not_work_here_sees_no_way_to_the_admin(site, client_at, as_member):
    assert "/admin/" not in as_member(pro=True).get("/account/").text
    client = client_at(site)
    client.force_login(team_member(SiteFactory()))
    assert "/admin/" not in client.get("/account/").text


def test_S2_account_costs_at_most_eight_queries(as_member, shop, django_assert_max_num_queries):
    client = as_member(pro=True)
    client.get("/account/")
    with django_assert_max_num_queries(8):
        client.get("/account/")


def test_member_changes_his_name(client, ada):
    answer = client.post("/account/name/", {"first_name": "Ada", "last_name": "Ferrer"})
    assert answer.status_code == 302
    assert 'value="Ferrer"' in client.get("/account/").text


def test_name_that_is_too_long_is_refused_beside_its_field(client, ada):
    answer = client.post("/account/name/", {"first_name": "A" * 200, "last_name": ""})
    assert answer.status_code == 400
    assert 'aria-invalid="true"' in answer.text
    assert 'aria-describedby="id_first_name_error"' in answer.text
    assert 'id="id_first_name_error"' in answer.text


def test_name_cant_smuggle_in_other_fields(client, ada):
    client.post("/account/name/", {"first_name": "Ada", "is_superuser": "on", "email": "x@y.z"})
    ada.refresh_from_db()
    assert not ada.is_superuser
    assert ada.email == "ada@example.com"


def test_member_changes_his_address_by_a_code_sent_to_the_new_one(client, ada, mailoutbox):
    answer = client.post("/accounts/email/", {"action_add": "", "email": "new@example.com"})
    assert "/accounts/reauthenticate/" in answer.url
    answer = client.post(answer.url, {"password": PASSWORD})
    assert answer.url == reverse("account_email_verification_sent")
    assert mailoutbox[-1].to == ["new@example.com"]
    client.post(answer.url, {"code": mailed_code(mailoutbox[-1])})
    ada.refresh_from_db()
    assert ada.email == "new@example.com"
    assert EmailAddress.objects.get(user=ada).email == "new@example.com"
    assert ada.check_password(PASSWORD)
    assert mailoutbox[-1].to == ["ada@example.com"]
    assert "changed from ada@example.com to new@example.com" in mailoutbox[-1].body


def test_address_of_somebody_else_is_not_taken_over(client, ada, mailoutbox):
    UserFactory(email="bea@example.com", verified=True)
    answer = client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    answer = client.post("/accounts/email/", {"action_add": "", "email": "bea@example.com"})
    if answer.status_code == 302:
        client.post(answer.url, {"code": "AAAA-AAAA"})
    ada.refresh_from_db()
    assert ada.email == "ada@example.com"


def test_member_changes_his_password_and_is_told_by_mail(client, ada, mailoutbox):
    answer = client.post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": "another-good-one", "password2": "another-good-one"},
    )
    assert answer.status_code == 302
    ada.refresh_from_db()
    assert ada.check_password("another-good-one")
    assert client.get("/account/").status_code == 200
    assert "Your password was changed." in mailoutbox[-1].body


def test_member_downloads_his_data(site, client, ada, shop):
    MembershipFactory(site=SiteFactory(), user__email="bea@example.com")
    Membership.objects.filter(user=ada).update(complimentary_note="for your review")
    answer = client.get("/account/data/")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert "no-store" in answer.headers["Cache-Control"]
    told = json.loads(answer.content)
    assert told["email"] == "ada@example.com"
    assert [each["host"] for each in told["memberships"]] == ["courier.localhost"]
    assert told["memberships"][0]["complimentary_note"] == "for your review"
    assert told["billing"] == {"invoices": ["2027-001"]}


def test_B11_deleting_an_account_asks_the_seller_first(client, ada, shop):
    page = client.get("/account/delete/")
    assert page.status_code == 200
    answer = client.post("/account/delete/", {"email": "ADA@example.com", "password": PASSWORD})
    assert "Your account is deleted" in answer.text
    assert shop.cancelled == ["ada@example.com"]
    assert not User.objects.filter(email="ada@example.com").exists()
    assert client.get("/account/").status_code == 302


def test_B11_where_cancelling_fails_nothing_is_deleted(client, ada, shop):
    shop.refusal = "Stripe can't be reached; nothing was deleted."
    answer = client.post("/account/delete/", {"email": ada.email, "password": PASSWORD})
    assert answer.status_code == 200
    assert "nothing was deleted" in answer.text
    assert Membership.objects.filter(user=ada).exists()
    assert client.get("/account/").status_code == 200


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"email": "ada@example.com"},
        {"email": "ada@example.com", "password": "wrong"},
        {"email": "bea@example.com", "password": PASSWORD},
    ],
)
def test_account_isnt_deleted_by_half_a_confirmation(client, ada, shop, given):
    assert client.post("/account/delete/", given).status_code == 200
    assert shop.cancelled == []
    assert User.objects.filter(pk=ada.pk).exists()


def test_deletion_says_where_else_the_account_serves(client, ada):
    MembershipFactory(user=ada, site=SiteFactory(hostname="g.localhost", site_name="The Gazette"))
    assert "The Gazette" in client.get("/account/delete/").text


def test_team_member_cant_delete_himself(site, client, shop):
    admin = team_member(site, email="ed@example.com", password=PASSWORD)
    client.speak_to(site)
    client.force_login(admin)
    answer = client.post("/account/delete/", {"email": admin.email, "password": PASSWORD})
    assert "on a team here" in answer.text
    assert shop.cancelled == []
    assert User.objects.filter(pk=admin.pk).exists()


def test_who_works_for_another_tenant_alone_is_told_that_and_not_its_name(client, ada, shop):
    other = SiteFactory(hostname="gazette.localhost", site_name="The Gazette")
    ada.groups.add(team_member(other).groups.get())
    given = {"email": ada.email, "password": PASSWORD}
    for answer in (client.get("/account/delete/"), client.post("/account/delete/", given)):
        assert "on the team of another publication" in answer.text
        assert "on a team here" not in answer.text
        assert "gazette" not in answer.text.lower()
    assert shop.cancelled == []
    assert User.objects.filter(pk=ada.pk).exists()


@pytest.mark.parametrize("path", ["/account/name/", "/account/delete/"])
def test_forms_want_a_csrf_token(site, path):
    from tests.clients import TenantClient

    client = TenantClient(enforce_csrf_checks=True)
    client.speak_to(site)
    client.force_login(UserFactory(verified=True))
    assert client.post(path, {}).status_code == 403


PAGES = [
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/password/reset/key/done/",
    "/accounts/password/reset/key/1-abc/",
    "/accounts/login/code/",
    "/accounts/inactive/",
]
MEMBERS_PAGES = [
    "/account/",
    "/account/delete/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/logout/",
    "/accounts/reauthenticate/",
    "/accounts/2fa/",
]


@pytest.mark.parametrize("path", PAGES)
def test_pages_for_signing_in_are_in_the_publications_own_look(site, client_at, path):
    page = client_at(site).get(path, follow=True)
    assert page.status_code == 200
    assert 'class="account-page"' in page.text
    assert "The Courier" in page.text
    assert "style=" not in page.text.split("<main")[1]


@pytest.mark.parametrize("path", MEMBERS_PAGES)
def test_members_pages_are_in_the_publications_own_look_and_kept_by_no_cache(client, ada, path):
    page = client.get(path, follow=True)
    assert page.status_code == 200
    assert "no-store" in page.headers["Cache-Control"]
    assert 'class="account-page"' in page.text


def test_second_factor_is_asked_for_at_the_next_sign_in(client, ada, mailoutbox):
    from allauth.mfa.totp.internal.auth import (
        format_hotp_value,
        hotp_value,
        yield_hotp_counters_from_time,
    )

    def app_code(secret):
        counter = next(iter(yield_hotp_counters_from_time()))
        return format_hotp_value(hotp_value(secret, counter))

    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = client.get("/accounts/2fa/totp/activate/")
    assert "The%20Courier" in page.context["totp_url"]
    secret = page.context["form"].secret
    answer = client.post("/accounts/2fa/totp/activate/", {"code": app_code(secret)})
    assert answer.status_code == 302
    for path in ("/accounts/2fa/", "/accounts/2fa/recovery-codes/", answer.url):
        assert 'class="account-page"' in client.get(path).text
    client.post("/accounts/logout/")
    answer = client.post("/accounts/login/", {"login": ada.email, "password": PASSWORD})
    assert answer.url == "/accounts/2fa/authenticate/"
    assert 'class="account-page"' in client.get(answer.url).text
    assert client.get("/account/").status_code == 302
    assert client.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code == 200
    recovery = Authenticator.objects.get(user=ada, type="recovery_codes").wrap()
    client.post("/accounts/2fa/authenticate/", {"code": recovery.get_unused_codes()[0]})
    assert "It is switched on." in client.get("/account/").text
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.post("/accounts/2fa/totp/deactivate/")
    assert "It is switched on." not in client.get("/account/").text
    assert "switched off" in mailoutbox[-1].body
