"""Rule T2: signing up, proving the address, and coming back to where one was."""

import re

import pytest
from allauth.account.models import EmailAddress

from krate_site.tenancy.models import Publication
from membership.models import Membership, User
from tests.factories import SiteFactory, UserFactory

pytestmark = pytest.mark.django_db
PASSWORD = "correct-horse-battery"
ARTICLE = "/stories/the-harbour/"


def mailed_code(mail):
    return re.search(r"^    (\S+)$", mail.body, re.MULTILINE)[1]


def sign_up(client, email="ada@example.com", next_url=ARTICLE, password=PASSWORD):
    return client.post(
        "/accounts/signup/", {"email": email, "password1": password, "next": next_url}
    )


def enter(client, code, **kwargs):
    return client.post("/accounts/login/code/confirm/", {"code": code}, **kwargs)


def is_signed_in(client):
    return client.get("/account/").status_code == 200


def test_new_member_proves_the_address_and_is_back_at_the_article(site, client_at, mailoutbox):
    client = client_at(site)
    page = client.get(f"/accounts/signup/?next={ARTICLE}")
    assert f'name="next" value="{ARTICLE}"' in page.content.decode()
    answer = sign_up(client)
    assert answer.status_code == 302
    assert answer.url == "/accounts/login/code/confirm/"
    assert not is_signed_in(client)
    assert "ada@example.com" in client.get(answer.url).content.decode()
    answer = enter(client, mailed_code(mailoutbox[0]))
    assert answer.status_code == 302
    assert answer.url == ARTICLE
    assert is_signed_in(client)
    assert Membership.objects.get().site == site
    assert EmailAddress.objects.get().verified
    # Said on the next page with messages, it would turn up after paying.
    assert "You have confirmed" not in client.get("/account/").content.decode()


def test_way_back_leads_through_the_plans_to_the_article(site, client_at, mailoutbox):
    client = client_at(site)
    sign_up(client, next_url=f"/pro/?next={ARTICLE}")
    assert enter(client, mailed_code(mailoutbox[0])).url == f"/pro/?next={ARTICLE}"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "http://courier.localhost.evil.example/",
        " //evil.example",
        "\t//evil.example",
        "evil/",
        f"/{'x' * 2000}/",
    ],
)
def test_way_back_never_leads_to_another_site(site, client_at, mailoutbox, elsewhere):
    client = client_at(site)
    sign_up(client, next_url=elsewhere)
    assert enter(client, mailed_code(mailoutbox[0])).url == "/account/"


def test_known_address_looks_the_same_and_its_code_signs_in(site, client_at, mailoutbox, client):
    user = UserFactory(email="ada@example.com", password="the-old-password", verified=True)
    other = SiteFactory(hostname="gazette.localhost", site_name="The Gazette")
    Membership.objects.create(site=other, user=user)
    client = client_at(site)
    answer = sign_up(client)
    assert answer.url == "/accounts/login/code/confirm/"
    known = client.get(answer.url).content.decode()
    assert mailoutbox[0].to == ["ada@example.com"]
    assert enter(client, mailed_code(mailoutbox[0])).url == ARTICLE
    assert is_signed_in(client)
    assert Membership.objects.filter(user=user).count() == 2
    user.refresh_from_db()
    assert user.check_password("the-old-password")
    client.logout()
    answer = sign_up(client, email="new@example.com")
    unknown = client.get(answer.url).content.decode()
    hide = re.compile(r"csrfmiddlewaretoken\" value=\"\w+|(ada|new)@example.com")
    assert hide.sub("", known) == hide.sub("", unknown)


def test_somebody_elses_password_doesnt_survive_the_proof_of_the_address(
    site, client_at, mailoutbox, client
):
    """An account made beforehand with another's address is no way into it later."""
    client = client_at(site)
    sign_up(client, email="victim@example.com", password="the-attackers-password")
    client.cookies.clear()
    sign_up(client, email="victim@example.com", password="the-victims-password")
    enter(client, mailed_code(mailoutbox[-1]))
    assert is_signed_in(client)
    user = User.objects.get(email="victim@example.com")
    assert not user.check_password("the-attackers-password")
    assert user.check_password("the-victims-password")


def test_an_address_is_all_it_takes(site, client_at, mailoutbox):
    client = client_at(site)
    assert sign_up(client, password="").url == "/accounts/login/code/confirm/"
    enter(client, mailed_code(mailoutbox[0]))
    assert "You sign in by mailed codes." in client.get("/account/").content.decode()
    assert not User.objects.get().has_usable_password()
    client.logout()
    client.post("/accounts/login/", {"login": "ada@example.com", "password": ""})
    assert not is_signed_in(client)


def test_whoever_chooses_no_password_leaves_none_of_a_stranger(site, client_at, mailoutbox):
    client = client_at(site)
    sign_up(client, email="victim@example.com", password="the-attackers-password")
    client.cookies.clear()
    sign_up(client, email="victim@example.com", password="")
    enter(client, mailed_code(mailoutbox[-1]))
    assert is_signed_in(client)
    assert not User.objects.get().has_usable_password()


def test_a_password_must_be_a_good_one(site, client_at):
    client = client_at(site)
    for password in ("sevenxy", "password", "ada@example.com"):
        page = sign_up(client, password=password).content.decode()
        assert "errorlist" in page
        assert "At least 8 characters; no well-known word, and not your address." in page


def test_signing_in_by_code_voids_a_password_that_was_never_proven(site, client_at, mailoutbox):
    client = client_at(site)
    sign_up(client, email="victim@example.com", password="the-attackers-password")
    client.cookies.clear()
    client.post("/accounts/login/code/", {"email": "victim@example.com"})
    enter(client, mailed_code(mailoutbox[-1]))
    assert is_signed_in(client)
    assert not User.objects.get(email="victim@example.com").has_usable_password()


def test_a_member_signs_in_by_code_or_by_password_and_needs_no_second_factor(
    site, client_at, mailoutbox
):
    user = UserFactory(email="ada@example.com", password=PASSWORD, verified=True)
    client = client_at(site)
    page = client.get(f"/accounts/login/?next={ARTICLE}").text
    assert "mail me a code" in page
    answer = client.post("/accounts/login/code/", {"email": user.email, "next": ARTICLE})
    assert f'name="next" value="{ARTICLE}"' in client.get(answer.url).text
    entered = {"code": mailed_code(mailoutbox[-1]), "next": ARTICLE}
    assert client.post(answer.url, entered).url == ARTICLE
    assert is_signed_in(client)
    client.post("/accounts/logout/")
    answer = client.post(
        "/accounts/login/", {"login": user.email, "password": PASSWORD, "next": ARTICLE}
    )
    assert answer.url == ARTICLE
    assert is_signed_in(client)


def test_three_wrong_codes_end_the_attempt(site, client_at, mailoutbox):
    client = client_at(site)
    sign_up(client)
    for _ in range(2):
        assert enter(client, "WRONG").status_code == 200
    assert enter(client, "WRONG").status_code == 302
    enter(client, mailed_code(mailoutbox[0]))
    assert not is_signed_in(client)


def test_closed_account_looks_the_same_and_stays_closed(site, client_at, mailoutbox):
    UserFactory(email="ada@example.com", verified=True, is_active=False)
    client = client_at(site)
    answer = sign_up(client)
    assert answer.url == "/accounts/login/code/confirm/"
    assert client.get(answer.url).status_code == 200
    assert "already" in mailoutbox[0].subject


def test_mail_is_in_the_tenants_name_with_its_own_links(site, client_at, mailoutbox, settings):
    settings.DEFAULT_FROM_EMAIL = "Platform <no-reply@platform.example>"
    client = client_at(site)
    client.post(
        "/accounts/password/reset/",
        {"email": "nobody@example.com"},
        HTTP_HOST="courier.localhost:6666",
        HTTP_X_FORWARDED_HOST="evil.example",
    )
    mail = mailoutbox[0]
    assert mail.from_email == "The Courier <no-reply@platform.example>"
    assert "The Courier" in mail.subject
    assert "http://courier.localhost/accounts/signup/" in mail.body
    assert "6666" not in mail.body
    assert "evil" not in mail.body
    assert mail.alternatives


def test_mail_speaks_the_tenants_language(site, client_at, mailoutbox):
    Publication.objects.create(site=site, language="de")
    client = client_at(site)
    page = client.get("/accounts/signup/", headers={"accept-language": "en"})
    assert page.headers["Content-Language"] == "de"


def test_too_many_codes_asked_for_are_refused(site, client_at, mailoutbox):
    client = client_at(site)
    answers = [
        client.post("/accounts/login/code/", {"email": "ada@example.com"}).status_code
        for _ in range(4)
    ]
    assert 429 in answers or len(mailoutbox) <= 3


def test_too_many_wrong_passwords_are_refused_whatever_port_the_host_header_names(site, client_at):
    UserFactory(email="ada@example.com", password=PASSWORD, verified=True)
    client = client_at(site)
    for port in range(5):
        client.post(
            "/accounts/login/",
            {"login": "ada@example.com", "password": "wrong"},
            HTTP_HOST=f"courier.localhost:{8000 + port}",
        )
    client.post("/accounts/login/", {"login": "ada@example.com", "password": PASSWORD})
    assert not is_signed_in(client)


def test_password_reset_by_mailed_link_signs_in(site, client_at, mailoutbox):
    user = UserFactory(email="ada@example.com", password="old-password-x", verified=True)
    client = client_at(site)
    answer = client.post("/accounts/password/reset/", {"email": "ada@example.com"})
    assert answer.status_code == 302
    link = re.search(r"http://courier\.localhost(\S+)", mailoutbox[0].body)[1]
    page = client.get(link, follow=True)
    assert page.status_code == 200
    answer = client.post(page.request["PATH_INFO"], {"password1": PASSWORD, "password2": PASSWORD})
    assert answer.status_code == 302
    assert is_signed_in(client)
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_unproven_password_reset_proves_the_address(site, client_at, mailoutbox):
    UserFactory(email="ada@example.com", password="old-password-x")
    client = client_at(site)
    client.post("/accounts/password/reset/", {"email": "ada@example.com"})
    link = re.search(r"http://courier\.localhost(\S+)", mailoutbox[0].body)[1]
    page = client.get(link, follow=True)
    client.post(page.request["PATH_INFO"], {"password1": PASSWORD, "password2": PASSWORD})
    assert is_signed_in(client)
    assert User.objects.get(email="ada@example.com").check_password(PASSWORD)
