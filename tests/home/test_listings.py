"""Front page, sections and menu: what everybody may see of each article, once."""

import pytest

from tests.factories import (
    HIDDEN,
    TEASER,
    ArticlePageFactory,
    ImageFactory,
    SectionPageFactory,
    SiteFactory,
    StandardPageFactory,
    body_of,
)

pytestmark = pytest.mark.database


@pytest.fixture
def articles(section):
    return {
        access: ArticlePageFactory(parent=section, title=f"For {access}", access=access)
        for access in ["public", "members", "pro"]
    }


def test_G3_lists_show_title_introduction_and_badge_and_no_body(site, client_at, section, articles):
    for address in ["/", section.url]:
        text = client_at(site).get(address).text
        assert HIDDEN not in text
        assert TEASER not in text
        assert "badge--pro" in text
        assert "badge--members" in text
        for article in articles.values():
            assert article.title in text
            assert article.introduction in text


def test_drafts_are_in_no_list(site, client_at, section):
    ArticlePageFactory(parent=section, title="Not yet", live=False)
    for address in ["/", section.url, "/feed/", "/sitemap.xml", "/search/?q=yet"]:
        assert "Not yet" not in client_at(site).get(address).text
    assert client_at(site).get("/world/not-yet/").status_code == 404


def test_section_lists_its_articles_newest_first_on_several_pages(site, client_at, section):
    for day in range(1, 15):
        ArticlePageFactory(parent=section, title=f"Day {day:02}", date=f"2026-10-{day:02}")
    first = client_at(site).get(section.url).text
    second = client_at(site).get(f"{section.url}?page=2").text
    assert first.index("Day 14") < first.index("Day 13")
    assert "Day 02" not in first
    assert "Day 02" in second
    assert "?page=2" in first


@pytest.mark.parametrize("page", ["0", "-1", "99", "x", "1e9", "²"])
def test_odd_page_numbers_are_answered_all_the_same(site, client_at, section, articles, page):
    response = client_at(site).get(section.url, {"page": page})
    assert response.status_code == 200
    assert "For public" in response.text


def test_front_page_leads_with_what_the_editor_chose(site, client_at, section):
    old = ArticlePageFactory(parent=section, title="An old favourite", date="2020-01-01")
    for day in range(1, 9):
        ArticlePageFactory(parent=section, date=f"2026-10-{day:02}")
    home = site.root_page.specific
    home.lead_stories = body_of(("article", old.pk))
    home.save_revision().publish()
    text = client_at(site).get("/").text
    assert 'class="lead__title"><a href="/world/an-old-favourite/"' in text


def test_front_page_shows_every_article_once(site, client_at, section, articles):
    text = client_at(site).get("/").text
    for article in articles.values():
        assert text.count(f'__title"><a href="{article.url}"') == 1


def test_front_page_shows_a_lead_story_once_that_was_chosen_twice(
    site, client_at, section, articles
):
    home = site.root_page.specific
    home.lead_stories = body_of(*[("article", articles["pro"].pk)] * 2)
    home.save_revision().publish()
    text = client_at(site).get("/").text
    for article in articles.values():
        assert text.count(f'__title"><a href="{article.url}"') == 1


def test_front_page_survives_a_lead_story_that_is_gone(site, client_at, section, articles):
    home = site.root_page.specific
    home.lead_stories = body_of(("article", articles["public"].pk))
    home.save_revision().publish()
    articles["public"].delete()
    response = client_at(site).get("/")
    assert response.status_code == 200
    assert "For pro" in response.text


def test_empty_front_page_says_so(site, client_at):
    assert "Nothing has been published here yet" in client_at(site).get("/").text


def test_T4_other_tenants_articles_are_in_no_list(site, client_at, section):
    other = SiteFactory()
    elsewhere = SectionPageFactory(parent=other.root_page)
    ArticlePageFactory(parent=elsewhere, title="From elsewhere", tags=["trains"])
    for address in ["/", "/feed/", "/sitemap.xml", "/search/?q=elsewhere", "/search/?tag=trains"]:
        assert "From elsewhere" not in client_at(site).get(address).text


def test_T4_a_lead_story_of_another_tenant_is_not_shown(site, client_at, section):
    other = SiteFactory()
    foreign = ArticlePageFactory(
        parent=SectionPageFactory(parent=other.root_page), title="From elsewhere"
    )
    home = site.root_page.specific
    home.lead_stories = body_of(("article", foreign.pk))
    home.save_revision().publish()
    assert "From elsewhere" not in client_at(site).get("/").text


def test_menu_has_sections_in_the_header_and_standing_pages_in_the_footer(site, client_at, section):
    StandardPageFactory(parent=site.root_page, title="Imprint")
    header, footer = client_at(site).get(section.url).text.split('<main id="main"')
    assert "World" in header
    assert 'aria-current="page"' in header
    assert "Imprint" not in header
    assert "Imprint" in footer


def test_badge_is_gone_while_a_gated_article_is_open_to_everybody(site, client_at, section):
    ArticlePageFactory(parent=section, access="pro", public_until="2999-01-01T00:00Z")
    assert "badge--pro" not in client_at(site).get(section.url).text


def test_image_of_a_card_is_decoration_to_a_screen_reader(site, client_at, section):
    ArticlePageFactory(parent=section, lead_image=ImageFactory())
    assert 'alt=""' in client_at(site).get(section.url).text


@pytest.mark.parametrize("address", ["/", "/world/"])
def test_G4_lists_are_the_same_for_everybody_and_ask_again(
    site, client, client_at, articles, sign_in, address
):
    anonymous = client_at(site).get(address)
    assert "public" in anonymous["Cache-Control"]
    assert "max-age=0" in anonymous["Cache-Control"]
    assert not anonymous.cookies
    sign_in(pro=True)
    assert client.get(address).content == anonymous.content
