"""Feeds, sitemap and robots.txt: addresses, titles and introductions, never a body."""

from xml.etree import ElementTree

import pytest

from home.views import crawlers
from tests.factories import HIDDEN, TEASER, ArticlePageFactory, SectionPageFactory, SiteFactory

FEEDS = ["/feed/", "/feed/atom/", "/feed/section/world/", "/feed/section/world/atom/"]


@pytest.fixture
def articles(section):
    return [
        ArticlePageFactory(parent=section, title=f"For {access}", access=access)
        for access in ["public", "members", "pro"]
    ]


@pytest.mark.parametrize("address", FEEDS)
def test_G3_feeds_have_titles_and_introductions_and_no_body(site, client_at, articles, address):
    response = client_at(site).get(address)
    ElementTree.fromstring(response.content)
    for article in articles:
        assert article.title in response.text
        assert f"http://courier.localhost{article.url}" in response.text
    assert articles[0].introduction in response.text
    assert HIDDEN not in response.text
    assert TEASER not in response.text


@pytest.mark.parametrize("address", FEEDS)
def test_feeds_read_no_session_and_say_how_long_they_hold(site, client_at, articles, address):
    response = client_at(site).get(address)
    assert not response.cookies
    assert "public" in response["Cache-Control"]


def test_T1_feeds_take_their_links_from_the_site_not_from_the_host_header(
    site, client_at, articles
):
    response = client_at(site).get("/feed/", headers={"host": "COURIER.localhost:4711"})
    assert "4711" not in response.text
    assert "http://courier.localhost/world/" in response.text


@pytest.mark.parametrize(("section", "status"), [("elsewhere", 404), ("wor%00ld", 400)])
def test_feed_of_a_section_that_is_not_there_is_refused(site, client_at, section, status):
    other = SiteFactory()
    SectionPageFactory(parent=other.root_page, slug="elsewhere")
    assert client_at(site).get(f"/feed/section/{section}/").status_code == status


def test_front_page_and_section_name_their_feeds(site, client_at, section):
    client = client_at(site)
    assert 'href="/feed/"' in client.get("/").text
    assert 'href="/feed/section/world/"' in client.get(section.url).text


def test_G3_sitemap_lists_addresses_and_nothing_else(site, client_at, articles):
    response = client_at(site).get("/sitemap.xml")
    ElementTree.fromstring(response.content)
    for article in articles:
        assert f"<loc>http://courier.localhost{article.url}</loc>" in response.text
    assert HIDDEN not in response.text


def test_sitemap_becomes_an_index_where_one_file_is_too_small(
    site, client_at, articles, monkeypatch
):
    monkeypatch.setattr(crawlers, "ADDRESSES_A_FILE", 2)
    client = client_at(site)
    index = client.get("/sitemap.xml").text
    assert "<sitemapindex" in index
    assert "http://courier.localhost/sitemap-2.xml" in index
    listed = "".join(client.get(f"/sitemap-{number}.xml").text for number in (1, 2, 3))
    assert all(article.url in listed for article in articles)
    assert client.get("/sitemap-4.xml").status_code == 404


def test_robots_are_told_where_the_sitemap_is_and_what_is_none_of_theirs(site, client_at):
    response = client_at(site).get("/robots.txt")
    assert response["Content-Type"].startswith("text/plain")
    assert "Disallow: /account/" in response.text
    assert "Sitemap: http://courier.localhost/sitemap.xml" in response.text


@pytest.mark.parametrize("slug", ["atom", "новости", "ueber-uns"])
def test_every_slug_has_its_feed(site, client_at, slug):
    section = SectionPageFactory(parent=site.root_page, slug=slug, title="Any")
    ArticlePageFactory(parent=section, title="An article")
    client = client_at(site)
    assert client.get(section.url).status_code == 200
    assert "An article" in client.get(f"/feed/section/{slug}/").text
    assert "An article" in client.get("/feed/atom/").text


def test_control_characters_break_no_feed(site, client_at, section):
    ArticlePageFactory(parent=section, title="Odd \x0b sign", introduction="Odd \x1b sign")
    ElementTree.fromstring(client_at(site).get("/feed/").content)
