"""Rule S1: no page comes from the cache that isn't true any more."""

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.core.management import call_command
from taggit.models import Tag
from wagtail.models import Site
from wagtail.models.sites import SITE_ROOT_PATHS_CACHE_KEY, SITE_ROOT_PATHS_CACHE_VERSION

from billing.models import TenantFeatures
from home.models import ArticlePage, HomePage
from krate_site.tenancy.models import Publication
from membership.page_cache.expiry import next_change
from tests.clients import TenantClient
from tests.factories import (
    HIDDEN,
    ArticlePageFactory,
    SectionPageFactory,
    SiteFactory,
    StandardPageFactory,
    body_of,
)
from tests.membership.reading import NOON, publish, read

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.database,
    pytest.mark.usefixtures("known_for_long"),
]


# --- Whatever changes is seen at once


def test_S1_published_article_shows_everywhere(reader, section, article):
    for address in (article.url, section.url, "/"):
        assert "Kettles" in read(reader, address)
    publish(article, title="Teapots")
    for address in (article.url, section.url, "/"):
        assert "Teapots" in reader.get(address).text


def test_S1_unpublished_moved_and_deleted_pages_are_gone(reader, site, section, article):
    elsewhere = SectionPageFactory(parent=site.root_page, slug="else")
    assert "Kettles" in read(reader, section.url)
    article.move(elsewhere, pos="last-child")
    article = ArticlePage.objects.get(pk=article.pk)
    assert reader.get("/world/kettles/").status_code == 404
    assert "Kettles" not in reader.get(section.url).text
    assert "Kettles" in read(reader, "/else/kettles/")
    article.unpublish()
    assert reader.get("/else/kettles/").status_code == 404
    publish(article)
    assert "Kettles" in read(reader, "/else/kettles/")
    article.delete()
    assert reader.get("/else/kettles/").status_code == 404
    assert "Kettles" not in reader.get("/").text


def test_S1_copied_and_renamed_pages_show_in_the_menu(reader, site, section, article):
    assert "World" in read(reader, article.url)
    publish(section, title="Planet", slug="planet")
    assert reader.get("/world/kettles/").status_code == 404
    assert "Planet" in reader.get("/planet/kettles/").text
    section.copy(to=site.root_page, update_attrs={"title": "Another", "slug": "another"})
    assert "Another" in reader.get("/planet/kettles/").text


def test_T4_front_page_moved_among_others_moves_no_tenant_into_another(reader, site, article):
    other = SiteFactory(hostname="gazette.localhost")
    SectionPageFactory(parent=other.root_page, title="Gazette's", slug="theirs")
    neighbour = TenantClient()
    neighbour.speak_to(other)
    assert "World" in read(reader, "/")
    assert "Gazette&#x27;s" in read(neighbour, "/")
    # As a platform administrator sorts the front pages: each takes the place of the next.
    HomePage.objects.get(pk=other.root_page_id).move(site.root_page, pos="left")
    for address in ("/", article.url):
        assert "World" in read(reader, address)
        assert "Gazette" not in reader.get(address).text
    assert "Gazette&#x27;s" in read(neighbour, "/theirs/")
    assert "World" not in neighbour.get("/").text


def test_S1_tenant_below_another_sees_what_changes_above_and_in_it(reader, section, article):
    browser = TenantClient()
    browser.speak_to(SiteFactory(hostname="inner.localhost", root_page=section.page_ptr))
    assert HIDDEN in read(browser, "/kettles/")
    publish(article, title="Teapots", access="pro")
    publish(section, slug="planet")
    assert HIDDEN not in read(browser, "/kettles/")
    assert "Teapots" in browser.get("/kettles/").text
    assert "Teapots" in read(reader, "/planet/kettles/")


def test_S1_scheduled_pages_come_and_go_with_the_command(reader, section, article):
    assert "Kettles" in read(reader, section.url)
    with time_machine.travel(NOON, tick=False):
        article.title, article.go_live_at = "Teapots", NOON + timedelta(hours=1)
        article.expire_at = NOON + timedelta(hours=3)
        article.save_revision(approved_go_live_at=article.go_live_at).publish()
        assert "Kettles" in read(reader, article.url)
    with time_machine.travel(NOON + timedelta(hours=2), tick=False):
        call_command("publish_scheduled")
        assert "Teapots" in read(reader, article.url)
    with time_machine.travel(NOON + timedelta(hours=4), tick=False):
        call_command("publish_scheduled")
        assert reader.get(article.url).status_code == 404


def test_S1_settings_files_and_tags_show_at_once(reader, site, article):
    assert "steam" in read(reader, article.url)
    Publication.objects.get(site=site).delete()
    Publication.objects.create(site=site, footer_text="Printed by the weir.", language="de")
    answer = reader.get(article.url)
    assert "Printed by the weir." in answer.text
    assert answer.headers["Content-Language"] == "de"
    site.site_name = "The Herald"
    site.save()
    assert "The Herald" in read(reader, article.url)
    article.lead_image.description = "A kettle, whistling"
    article.lead_image.save()
    assert "A kettle, whistling" in read(reader, article.url)
    Tag.objects.create(name="vapour", slug="vapour")
    Tag.objects.get(name="steam").delete()
    assert "steam" not in reader.get(article.url).text


def test_S1_links_in_a_text_come_from_no_cache_of_wagtails(reader, site, section, article):
    """Another process keeps every site's address for an hour, whatever is changed here."""
    link = f'<p><a linktype="page" id="{article.pk}">On kettles</a></p>'
    page = ArticlePageFactory(parent=section, slug="linking", body=body_of(("paragraph", link)))
    stranger = SiteFactory(hostname="gazette.localhost")
    theirs = f'<p><a linktype="page" id="{stranger.root_page_id}">Theirs</a></p>'
    publish(page, body=body_of(("paragraph", link), ("paragraph", theirs)))
    before = Site.get_site_root_paths()
    site.hostname = "herald.localhost"
    site.save()
    for known in (before, before[:0], before[1:]):
        cache.set(SITE_ROOT_PATHS_CACHE_KEY, known, version=SITE_ROOT_PATHS_CACHE_VERSION)
        reader.speak_to(site)
        assert '<a href="/world/kettles/">On kettles</a>' in read(reader, page.url)
        assert "<a>Theirs</a>" in reader.get(page.url).text
        publish(page)


def test_S1_subscribe_shows_where_pro_is_sold_and_nowhere_else(reader, site, section, shop):
    shop.sells = True
    page = ArticlePageFactory(parent=section, access="pro")
    assert "Subscribe" in read(reader, page.url)
    assert "Become a Pro member" in reader.get(page.url).text
    shop.sells = False
    features = TenantFeatures.objects.get(site=site)
    features.billing_enabled = False
    features.save()
    text = read(reader, page.url)
    assert "Subscribe" not in text
    assert "Become a Pro member" not in text


def test_S1_change_of_access_holds_at_once(reader, as_member, article):
    assert HIDDEN in read(reader, article.url)
    publish(article, access="pro")
    assert HIDDEN not in reader.get(article.url).text
    assert HIDDEN in as_member(pro=True).get(article.url).text
    reader.cookies.clear()
    assert HIDDEN not in reader.get(article.url).text


# --- The clock


@pytest.mark.parametrize(
    ("gate", "before", "after"),
    [
        ({"public_until": NOON + timedelta(hours=1)}, False, True),
        ({"public_after_days": 1, "first_published_at": NOON - timedelta(hours=23)}, True, False),
    ],
)
def test_S1_timed_gates_change_pages_and_lists_at_that_second(reader, section, gate, before, after):
    page = ArticlePageFactory(parent=section, access="pro", slug="timed")
    ArticlePage.objects.filter(pk=page.pk).update(**gate)
    other = ArticlePageFactory(parent=section)
    for address in (page.url, section.url, other.url, "/"):
        for moment, closed in (
            (NOON, before),
            (NOON + timedelta(minutes=59, seconds=59), before),
            (NOON + timedelta(hours=1), after),
            (NOON + timedelta(hours=30), after),
            (NOON, before),
        ):
            with time_machine.travel(moment, tick=False):
                text = read(reader, address)
                assert ("badge--pro" in text) == closed, (address, moment)
                if address == page.url:
                    assert (HIDDEN not in text) == closed


def test_next_change_is_the_first_gate_of_the_tenant(site, section):
    assert next_change(site, NOON) is None
    for gate in (
        {"public_until": NOON - timedelta(hours=1)},
        {"public_until": NOON + timedelta(hours=5)},
        {"public_after_days": 3, "first_published_at": NOON - timedelta(days=2, hours=21)},
        {"public_after_days": 1, "first_published_at": NOON - timedelta(days=2)},
    ):
        page = ArticlePageFactory(parent=section)
        ArticlePage.objects.filter(pk=page.pk).update(**gate)
    StandardPageFactory(parent=site.root_page, public_until=NOON + timedelta(hours=4))
    elsewhere = SectionPageFactory(parent=SiteFactory().root_page)
    ArticlePageFactory(parent=elsewhere, public_until=NOON + timedelta(hours=1))
    assert next_change(site, NOON) == NOON + timedelta(hours=3)
    assert next_change(site, NOON + timedelta(hours=3)) == NOON + timedelta(hours=4)
    assert next_change(site, NOON + timedelta(hours=4)) == NOON + timedelta(hours=5)
    assert next_change(site, NOON + timedelta(hours=5)) is None


def test_S1_membership_that_ends_by_the_clock_ends_at_that_second(section, as_member):
    page = ArticlePageFactory(parent=section, access="pro")
    with time_machine.travel(NOON, tick=False):
        reader = as_member(pro_until=NOON + timedelta(minutes=10), standing="pro")
        assert HIDDEN in read(reader, page.url)
    with time_machine.travel(NOON + timedelta(minutes=10), tick=False):
        assert HIDDEN not in read(reader, page.url)
    with time_machine.travel(NOON + timedelta(minutes=9, seconds=59), tick=False):
        assert HIDDEN in read(reader, page.url)
