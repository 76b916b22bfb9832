"""What every visitor meets before any page: headers, cookies, tokens, limits, ways back."""

import re
from collections import defaultdict
from types import SimpleNamespace

import pytest
from django.conf import settings as configured
from django.test import Client

from krate_site.csp import PUBLIC_POLICY
from membership.models import Membership
from tests.clients import TenantClient
from tests.factories import ArticlePageFactory, SectionPageFactory, UserFactory, team_member
from tests.isolation.routes import addresses, all_routes
from tests.test_settings import COMPLETE, start_production

pytestmark = pytest.mark.django_db
PASSWORD = "correct-horse-battery"
INLINE = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*ld\+json)|<style|\sstyle=|\son\w+=|javascript:")


@pytest.fixture
def ada(site):
    user = UserFactory(email="ada@example.com", password=PASSWORD, verified=True)
    Membership.objects.create(site=site, user=user)
    return user


def sign_in(client, password=PASSWORD, email="ada@example.com", **fields):
    return client.post("/accounts/login/", {"login": email, "password": password, **fields})


# --- Headers and cookies

PUBLIC = ["/", "/news/", "/news/kettle/", "/search/?q=kettle", "/accounts/login/", "/no/such/page/"]
PUBLIC += ["/accounts/signup/", "/accounts/password/reset/", "/pro/", "/account/"]


@pytest.fixture
def reader(site, ada, shop):
    """A member's browser, at a tenant with an article and something to sell."""
    section = SectionPageFactory(parent=site.root_page, slug="news")
    ArticlePageFactory(parent=section, slug="kettle")
    client = TenantClient()
    client.speak_to(site)
    client.force_login(ada)
    return client


@pytest.mark.parametrize("path", PUBLIC)
def test_public_pages_send_a_strict_policy_and_keep_it(reader, path):
    response = reader.get(path, follow=True)
    policy = response.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert not INLINE.search(response.text), INLINE.search(response.text)
    assert response.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in response.headers["Permissions-Policy"]


def test_public_policy_names_no_foreign_script():
    assert PUBLIC_POLICY["script-src"] == PUBLIC_POLICY["style-src"] == ["'self'"]
    assert PUBLIC_POLICY["object-src"] == PUBLIC_POLICY["base-uri"] == ["'none'"]


def test_production_keeps_to_https_and_its_cookies_too():
    told = start_production(["diffsettings", "--all"], **COMPLETE).stdout
    for line in (
        "SECURE_SSL_REDIRECT = True",
        "SECURE_HSTS_SECONDS = 31536000",
        "SECURE_HSTS_INCLUDE_SUBDOMAINS = True",
        "SESSION_COOKIE_SECURE = True",
        "SESSION_COOKIE_HTTPONLY = True",
        "SESSION_COOKIE_SAMESITE = 'Lax'",
        "CSRF_COOKIE_SECURE = True",
        "CSRF_COOKIE_SAMESITE = 'Lax'",
        "DEBUG = False",
    ):
        assert line in told, line
    assert COMPLETE["SECRET_KEY"] not in told
    assert COMPLETE["KRATE_ENCRYPTION_KEYS"] not in told


def test_cookies_are_for_this_site_and_the_session_for_no_script(site, ada, client_at):
    client = client_at(site)
    client.get("/accounts/login/")
    sign_in(client)
    session = client.cookies[configured.SESSION_COOKIE_NAME]
    assert (session["samesite"], bool(session["httponly"]), session["domain"]) == ("Lax", True, "")
    assert client.cookies["csrftoken"]["samesite"] == "Lax"


# --- Forms want a token


@pytest.fixture
def everywhere():
    """Return every address of the site, with keys that needn't exist."""
    planted = SimpleNamespace(keys=defaultdict(lambda: "1"))
    return [(route, address) for route in all_routes() for address in addresses(route, planted)]


def test_only_the_webhook_is_exempt_from_tokens(everywhere):
    """The admin's API asks for the token itself, whenever a session comes along: see below."""
    exempt = {route.name for route, _ in everywhere if getattr(route.view, "csrf_exempt", False)}
    assert {name for name in exempt if not name.startswith("wagtailadmin_api:")} == {
        "stripe_webhook"
    }


def test_no_post_without_a_token_gets_through_anywhere(site, everywhere):
    client = Client(enforce_csrf_checks=True, HTTP_HOST=site.hostname)
    admin = TenantClient()
    admin.speak_to(site)
    admin.force_login(team_member(site))
    client.cookies = admin.cookies
    open_doors = {
        (route.name, response.status_code)
        for route, address in everywhere
        if (response := client.post(address)).status_code not in {403, 404}
    }
    assert {door for door in open_doors if door[0] != "stripe_webhook"} == set()


# --- Ways back lead nowhere else

ELSEWHERE = [
    "https://evil.example/",
    "HTTPS://evil.example",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "\t//evil.example",
    " //evil.example",
    "\x00//evil.example",
    "http:evil.example",
    "http:///evil.example",
    "https:/\\evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "//courier.localhost@evil.example",
    "https://courier.localhost.evil.example/",
    "https://courier.localhost@evil.example/",
    "//evil.example/%2f..",
    "/%09/evil.example",
    "//evil。example",
    "http://[::1",
]


def leads_away(response):
    """Return whether a browser that follows this answer leaves the host."""
    target = re.sub(r"[\t\r\n]", "", response.headers.get("Location", "")).strip()
    target = target.replace("\\", "/")
    return "evil" in target and not re.match(r"/(?!/)", target)


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_no_way_back_leads_to_another_site(site, ada, reader, elsewhere):
    answers = []
    for path in (
        "/accounts/login/",
        "/admin/login/",
        "/_util/login/",
        "/accounts/logout/",
        "/pro/",
    ):
        stranger = TenantClient()
        stranger.speak_to(site)
        answers += [stranger.get(path, {"next": elsewhere}), reader.get(path, {"next": elsewhere})]
        answers.append(stranger.post(path, {"next": elsewhere, "plan": "annual"}))
    stranger = TenantClient()
    stranger.speak_to(site)
    answers.append(sign_in(stranger, next=elsewhere))
    answers.append(reader.post("/account/billing/checkout/", {"next": elsewhere}))
    answers.append(reader.post("/accounts/logout/", {"next": elsewhere}))
    assert [answer.headers["Location"] for answer in answers if leads_away(answer)] == []
    assert all(answer.status_code < 500 for answer in answers)


# --- Limits, each with the time to come back


def login(number):
    return "/accounts/login/", {"login": "ada@example.com", "password": f"wrong-{number}"}


def logins_of_many(number):
    return "/accounts/login/", {"login": f"ada{number}@example.com", "password": "wrong"}


def sign_ups(number):
    return "/accounts/signup/", {"email": f"ada{number}@example.com", "password1": PASSWORD}


def resets(number):
    return "/accounts/password/reset/", {"email": "ada@example.com"}


def codes(number):
    return "/accounts/login/code/", {"email": "ada@example.com"}


@pytest.mark.parametrize("attempt", [login, logins_of_many, sign_ups, resets, codes])
def test_too_many_attempts_are_told_when_to_come_back(site, ada, client_at, attempt):
    for number in range(32):
        path, fields = attempt(number)
        client = TenantClient()
        client.speak_to(site)
        response = client.post(path, fields)
        if response.status_code == 429:
            break
    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) > 0
    assert "Too many attempts" in response.text


def test_too_many_checkouts_are_told_when_to_come_back(reader):
    for _time in range(12):
        response = reader.post("/account/billing/checkout/", {"plan": "annual"})
    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) > 0


def test_the_limit_of_an_account_holds_from_any_address(site, ada):
    statuses = []
    for number in range(8):
        client = TenantClient(REMOTE_ADDR=f"198.51.100.{number}")
        client.speak_to(site)
        path, fields = login(number)
        statuses.append(client.post(path, fields).status_code)
    assert statuses[-1] == 429


# --- No telling who has an account


@pytest.mark.parametrize("attempt", [login, resets, codes, sign_ups])
def test_nobody_can_tell_who_has_an_account(site, ada, attempt):
    seen = []
    for email in ("ada@example.com", "nobody@example.com"):
        client = TenantClient()
        client.speak_to(site)
        path, fields = attempt(1)
        fields = {**fields, ("login" if "login" in fields else "email"): email}
        response = client.post(path, fields, follow=True)
        text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.text)
        seen.append((response.redirect_chain, response.status_code, text.replace(email, "…")))
    assert seen[0] == seen[1]


# --- Sessions are made anew


def test_session_is_made_anew_at_login_and_at_a_new_password(site, ada, client_at):
    client, elsewhere = client_at(site), TenantClient()
    elsewhere.speak_to(site)
    sign_in(elsewhere)
    sign_in(client)
    before = client.cookies[configured.SESSION_COOKIE_NAME].value
    fields = {
        "oldpassword": PASSWORD,
        "password1": "another-horse-9",
        "password2": "another-horse-9",
    }
    assert client.post("/accounts/password/change/", fields).status_code == 302
    assert client.cookies[configured.SESSION_COOKIE_NAME].value != before
    assert client.get("/account/").status_code == 200
    assert elsewhere.get("/account/").status_code == 302
