"""Search finds what everybody may read, and can't be asked what a wall hides."""

import pytest

from home.models import ArticlePage
from tests.factories import (
    HIDDEN,
    ArticlePageFactory,
    SectionPageFactory,
    SiteFactory,
    StandardPageFactory,
)

HIDDEN_WORDS = ["heron", "counsel", "quiet counsel", "heron keeps", "Herons"]


@pytest.mark.database
@pytest.mark.parametrize("words", ["kettle", "sings everyone", "Ada Ferrer", "night train"])
def test_finds_titles_introductions_authors_and_open_text(site, client_at, section, words):
    ArticlePageFactory(parent=section, title="The night train")
    assert "/world/the-night-train/" in client_at(site).get("/search/", {"q": words}).text


@pytest.mark.database
def test_finds_all_of_a_public_articles_text_and_standing_pages(site, client_at, section):
    article = ArticlePageFactory(parent=section)
    page = StandardPageFactory(parent=site.root_page)
    assert article.url in client_at(site).get("/search/", {"q": "heron"}).text
    assert page.url in client_at(site).get("/search/", {"q": "who we are"}).text


@pytest.mark.database
@pytest.mark.parametrize("words", HIDDEN_WORDS)
@pytest.mark.parametrize("access", ["members", "pro"])
def test_G3_hidden_words_find_nothing(site, client_at, section, access, words):
    ArticlePageFactory(parent=section, access=access, title="Closed")
    text = client_at(site).get("/search/", {"q": words}).text
    assert "Closed" not in text
    assert HIDDEN not in text


@pytest.mark.database
def test_G3_hidden_words_find_nothing_for_a_pro_member_either(site, client, section, sign_in):
    ArticlePageFactory(parent=section, access="pro", title="Closed")
    sign_in(pro=True)
    assert "Closed" not in client.get("/search/", {"q": "heron"}).text


@pytest.mark.database
def test_G3_words_of_an_article_that_is_closed_later_are_forgotten(site, client_at, section):
    article = ArticlePageFactory(parent=section, title="Closed")
    article.access = "pro"
    article.save_revision().publish()
    assert "Closed" not in client_at(site).get("/search/", {"q": "heron"}).text


@pytest.mark.database
def test_G3_words_are_forgotten_though_the_worker_never_comes(site, client_at, section, settings):
    article = ArticlePageFactory(parent=section, title="Kept")
    draft = ArticlePageFactory(parent=section, title="Written openly", live=False)
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}
    for page in (article, draft):
        page.access = "pro"
        page.save_revision().publish()
    text = client_at(site).get("/search/", {"q": "heron"}).text
    assert "Nothing was found" in text


@pytest.mark.database
def test_G3_words_below_a_timed_gate_are_in_no_index_while_it_is_open(site, client_at, section):
    ArticlePageFactory(
        parent=section, access="pro", title="Closed", public_until="2999-01-01T00:00Z"
    )
    assert "Closed" not in client_at(site).get("/search/", {"q": "heron"}).text


@pytest.mark.database
def test_T4_search_stays_within_the_tenant(site, client_at, section):
    other = SiteFactory()
    ArticlePageFactory(
        parent=SectionPageFactory(parent=other.root_page), title="Kettles from elsewhere"
    )
    assert "elsewhere" not in client_at(site).get("/search/", {"q": "kettle"}).text


@pytest.mark.database
def test_results_stand_on_several_pages_that_keep_the_words(site, client_at, section):
    for _number in range(12):
        ArticlePageFactory(parent=section)
    first = client_at(site).get("/search/", {"q": "kettle"}).text
    assert "12 pages found" in first
    assert "?q=kettle&amp;page=2" in first
    assert client_at(site).get("/search/", {"q": "kettle", "page": "2"}).status_code == 200


@pytest.mark.database
def test_a_tag_lists_its_articles(site, client_at, section):
    tagged = ArticlePageFactory(parent=section, tags=["Night trains"], access="pro")
    other = ArticlePageFactory(parent=section)
    text = client_at(site).get("/search/", {"tag": "night-trains"}).text
    assert tagged.url in text
    assert other.url not in text
    assert HIDDEN not in text


@pytest.mark.database
def test_T4_asking_for_a_tag_tells_nothing_of_another_tenants_tags(site, client_at, section):
    elsewhere = SectionPageFactory(parent=SiteFactory().root_page)
    for title, live in (("Merger: ACME", False), ("Wind & Rain", True)):
        ArticlePageFactory(parent=elsewhere, tags=[title], live=live)
    ArticlePageFactory(parent=section, tags=["Draft Only"], live=False)
    for slug in ("merger-acme", "wind-rain", "draft-only", "never-heard-of"):
        text = client_at(site).get("/search/", {"tag": slug}).text
        assert f"Tagged “{slug}”" in text


@pytest.mark.database
@pytest.mark.parametrize(
    "query",
    [
        "",
        "  ",
        "a" * 5000,
        "NOT",
        "AND OR",
        "NEAR(a b)",
        "title:a",
        "'; DROP TABLE x; --",
        '"',
        "*",
        "a & | ! b",
        "(",
        "<b>",
    ],
)
def test_odd_queries_are_answered_all_the_same(site, client_at, section, query):
    ArticlePageFactory(parent=section)
    response = client_at(site).get("/search/", {"q": query})
    assert response.status_code == 200
    assert "<b>" not in response.text


@pytest.mark.database
def test_result_that_was_unpublished_is_gone(site, client_at, section):
    article = ArticlePageFactory(parent=section)
    ArticlePage.objects.get(pk=article.pk).unpublish()
    assert article.url not in client_at(site).get("/search/", {"q": "kettle"}).text


def test_search_page_is_no_place_for_robots_and_reads_no_session(site, client_at):
    response = client_at(site).get("/search/", {"q": "kettle"})
    assert '<meta name="robots" content="noindex">' in response.text
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")
