"""Rule T1: the host says which tenant, exactly; nothing else does."""

import pytest
from django.test import RequestFactory
from wagtail.models import Site

from krate_site.tenancy import sites
from krate_site.tenancy.middleware import TenantMiddleware
from krate_site.tenancy.models import Publication
from krate_site.tenancy.sites import absolute_url, canonical_hostname, site_for_host
from membership.models import User
from tests.factories import SiteFactory

pytestmark = pytest.mark.django_db

ADDRESSES = ("/", "/accounts/login/", "/admin/")


@pytest.mark.parametrize("path", ADDRESSES)
@pytest.mark.parametrize(
    "host",
    [
        "nobody.example",
        "courier.localhost.evil.example",
        "evil.courier.localhost",
        "courier",
        "localhost",
        "testserver",
        "127.0.0.1",
        "[::1]",
        "",
        "courier.localhost:port",
        "courier.localhost:80:80",
        "courier.localhost, nobody.example",
        "user@courier.localhost",
        "courier.localhost/..",
        "courier.localhost..",
        ".courier.localhost",
        "courier_localhost",
        "courier.localhost\x00",
        "cöurier.localhost",
        "%63ourier.localhost",
    ],
)
def test_unknown_or_odd_host_finds_nothing(site, client, host, path):
    answer = client.get(path, HTTP_HOST=host)
    assert answer.status_code == 404
    assert "Courier" not in answer.content.decode()
    assert not answer.cookies


@pytest.mark.parametrize(
    "host",
    ["courier.localhost", "COURIER.localhost", "courier.localhost:8000", "courier.localhost."],
)
def test_case_port_and_final_dot_dont_matter(site, client, host):
    answer = client.get("/accounts/login/", HTTP_HOST=host)
    assert answer.status_code == 200
    assert "The Courier" in answer.content.decode()


def test_request_without_a_host_finds_nothing(site):
    request = RequestFactory(SERVER_NAME="courier.localhost").get("/")
    request.META.pop("HTTP_HOST", None)
    assert TenantMiddleware(lambda request: pytest.fail("let in"))(request).status_code == 404


@pytest.mark.parametrize(
    "header",
    ["X-Forwarded-Host", "X-Host", "X-Original-Host", "X-Forwarded-Server", "Forwarded"],
)
def test_no_other_header_says_the_tenant(site, client, header):
    SiteFactory(hostname="gazette.localhost", site_name="The Gazette")
    value = "host=gazette.localhost" if header == "Forwarded" else "gazette.localhost"
    answer = client.get("/accounts/login/", HTTP_HOST="courier.localhost", headers={header: value})
    assert "The Courier" in answer.content.decode()
    assert "Gazette" not in answer.content.decode()
    answer = client.get(
        "/accounts/login/", HTTP_HOST="nobody.example", headers={header: "courier.localhost"}
    )
    assert answer.status_code == 404


def test_the_default_site_is_nobodys_fallback(site, client):
    site.is_default_site = True
    site.save()
    assert client.get("/", HTTP_HOST="nobody.example").status_code == 404


def test_international_name_is_found_by_what_browsers_send(client):
    site = SiteFactory(hostname="Bücher.example", site_name="Bücher")
    assert site.hostname == "xn--bcher-kva.example"
    assert site_for_host("xn--bcher-kva.example") == site
    assert client.get("/accounts/login/", HTTP_HOST="xn--bcher-kva.example").status_code == 200
    assert absolute_url(site, "/account/") == "http://xn--bcher-kva.example/account/"


def test_a_host_that_no_browser_can_ask_for_is_refused_in_words(site, client_at):
    client = client_at(site)
    client.force_login(User.objects.create_superuser("root@platform.example.com"))
    form = {"port": "80", "site_name": "", "root_page": site.root_page_id}
    page = client.post("/admin/sites/new/", {**form, "hostname": "☃.example"})
    assert "This is no valid host name. Check its spelling." in page.content.decode()
    client.post("/admin/sites/new/", {**form, "hostname": "straße.example"})
    assert Site.objects.filter(hostname="xn--strae-oqa.example").exists()


@pytest.mark.parametrize(
    ("given", "canonical"),
    [
        ("Example.COM", "example.com"),
        ("example.com.", "example.com"),
        (" example.com ", "example.com"),
        ("müller.example", "xn--mller-kva.example"),
        ("STRAẞE.example.", "xn--strae-oqa.example"),
        ("☃.example", "☃.example"),
        ("xn--n3h.example", "xn--n3h.example"),
        ("a..b", "a..b"),
        ("", ""),
        ("x" * 70, "x" * 70),
    ],
)
def test_canonical_hostname(given, canonical):
    assert canonical_hostname(given) == canonical


def test_links_come_from_the_site_record_by_https_in_production():
    site = SiteFactory(hostname="courier.example", port=443)
    assert absolute_url(site, "/pro/") == "https://courier.example/pro/"


def test_page_speaks_the_tenants_language_whatever_the_browser_asks(site, client_at):
    Publication.objects.create(site=site, language="de")
    page = client_at(site).get("/accounts/login/", headers={"accept-language": "en"})
    assert page.headers["Content-Language"] == "de"
    assert '<html lang="de">' in page.content.decode()


def test_health_answers_on_any_host(db, client):
    assert client.get("/health/live", HTTP_HOST="nobody.example").status_code == 200
    assert client.get("/health/ready/", HTTP_HOST="10.0.0.1").status_code == 200


def test_S2_tenant_costs_one_query_and_none_while_it_is_known(
    site, client_at, django_assert_num_queries, monkeypatch
):
    monkeypatch.setattr(sites, "SECONDS_A_READING_HOLDS", 3600)
    Publication.objects.create(site=site)
    client = client_at(site)
    with django_assert_num_queries(1):
        client.get("/icon.svg")
    with django_assert_num_queries(0):
        client.get("/icon.svg")


def test_T1_tenant_that_was_renamed_moved_or_deleted_is_known_so_at_once(site, client_at, client):
    assert client_at(site).get("/icon.svg").status_code == 200
    site.hostname = "herald.localhost"
    site.save()
    assert client.get("/icon.svg", HTTP_HOST="courier.localhost").status_code == 404
    assert client.get("/icon.svg", HTTP_HOST="herald.localhost").status_code == 200
    site.delete()
    assert client.get("/icon.svg", HTTP_HOST="herald.localhost").status_code == 404


def test_T4_what_is_changed_past_the_stamps_is_known_with_the_next_reading(site, monkeypatch):
    """As `manage.py fixtree` does with places in the tree, and whoever writes SQL by hand."""
    monkeypatch.setattr(sites, "SECONDS_A_READING_HOLDS", 0)
    Publication.objects.create(site=site, tagline="Daily")
    other = SiteFactory()
    assert sites.tenant_at(site.hostname).site.root_page.path == site.root_page.path
    Site.objects.filter(pk=site.pk).update(root_page=other.root_page)
    Publication.objects.filter(site=site).update(tagline="Weekly")
    again = sites.tenant_at(site.hostname).own_site()
    assert again.root_page.path == other.root_page.path
    assert again.publication.tagline == "Weekly"


def test_what_a_request_does_to_its_site_is_nothing_to_the_next(site, client_at):
    client_at(site).get("/icon.svg")
    mine = sites.tenant_at(site.hostname).own_site()
    mine.site_name, mine.root_page.title = "Mine", "Mine"
    theirs = sites.tenant_at(site.hostname).own_site()
    assert (theirs.site_name, theirs.root_page.title) == ("The Courier", "The Courier")
