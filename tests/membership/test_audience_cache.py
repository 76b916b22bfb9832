"""Rules S1 and S2: finished pages come from the cache, and never one that isn't true any more."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib import messages
from django.core.cache import caches
from django.core.management import call_command
from django.middleware.csrf import get_token
from django.utils import timezone
from taggit.models import Tag
from wagtail import hooks
from wagtail.models import PageViewRestriction

from billing.models import TenantFeatures
from home.models import ArticlePage
from krate_site.tenancy import known
from krate_site.tenancy.models import Publication
from membership import audience_cache, kept
from membership.clock import next_change
from tests.clients import TenantClient
from tests.factories import (
    HIDDEN,
    ArticlePageFactory,
    ImageFactory,
    SectionPageFactory,
    SiteFactory,
    StandardPageFactory,
    body_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.database]

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _known_for_long(monkeypatch, site):
    """What this process changes must hold without waiting until the version is looked at again."""
    monkeypatch.setattr(known, "SECONDS_A_READING_HOLDS", 3600)
    Publication.objects.create(site=site)


@pytest.fixture
def reader(site, client_at):
    """A visitor's browser at the tenant."""
    return client_at(site)


@pytest.fixture
def article(section):
    return ArticlePageFactory(
        parent=section, title="Kettles", slug="kettles", lead_image=ImageFactory(), tags=["steam"]
    )


def read(reader, address, times=2):
    """Return the text of an answer that has been asked for before."""
    for _time in range(times):
        answer = reader.get(address)
    return answer.text


# --- What it costs


@pytest.mark.parametrize("access", ["public", "members", "pro"])
def test_S2_cached_page_costs_a_visitor_no_query(
    reader, section, access, django_assert_num_queries
):
    page = ArticlePageFactory(parent=section, access=access)
    first = reader.get(page.url)
    with django_assert_num_queries(0):
        again = reader.get(page.url)
    assert again.content == first.content
    assert again.headers.items() >= (first.headers.items() - {("Server", "")})


@pytest.mark.parametrize("pro", [False, True])
def test_S2_cached_page_costs_a_member_one_query_with_cached_sessions(
    section, as_member, pro, django_assert_num_queries
):
    page = ArticlePageFactory(parent=section, access="pro")
    reader = as_member(pro=pro)
    first = reader.get(page.url)
    with django_assert_num_queries(1):
        again = reader.get(page.url)
    assert again.content == first.content
    assert (HIDDEN in again.text) == pro
    caches["default"].clear()
    with django_assert_num_queries(2):
        reader.get(page.url)


def test_S2_cached_lists_cost_no_query(reader, section, article, django_assert_num_queries):
    for address in ("/", section.url, f"{section.url}?page=2", f"{section.url}?utm_source=mail"):
        reader.get(address)
        with django_assert_num_queries(0):
            assert reader.get(address).status_code == 200


def test_saving_a_draft_empties_nothing(reader, article, django_assert_num_queries):
    reader.get(article.url)
    article.title = "Not yet"
    article.save_revision()
    with django_assert_num_queries(0):
        assert "Not yet" not in reader.get(article.url).text


# --- Whatever changes is seen at once


def publish(page, **fields):
    for name, value in fields.items():
        setattr(page, name, value)
    page.save_revision().publish()


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
    Tag.objects.get(name="steam").delete()
    Tag.objects.create(name="vapour", slug="vapour")
    publish(article)
    assert "steam" not in reader.get(article.url).text


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


# --- Whose page it is


def test_T1_same_address_at_two_tenants_is_two_pages(reader, section, article):
    other = SiteFactory(hostname="gazette.localhost")
    SectionPageFactory(parent=other.root_page, slug="world")
    assert "Kettles" in read(reader, article.url)
    stranger = TenantClient()
    stranger.speak_to(other)
    assert stranger.get(article.url).status_code == 404
    assert "Kettles" not in read(stranger, "/world/")
    assert "Kettles" not in read(stranger, "/")


def test_every_kind_of_reader_gets_a_wall_of_his_own(reader, section, as_member, shop):
    page = ArticlePageFactory(parent=section, access="pro")
    seen = [read(reader, page.url)]
    for standing in ("free", "ended", "past_due", "paused", "pending", "incomplete"):
        seen.append(read(as_member(standing=standing), page.url))
    seen.append(read(as_member(pro=True), page.url))
    assert len(set(seen)) == len(seen)
    assert [HIDDEN in text for text in seen] == [False] * 7 + [True]


def test_query_that_a_page_does_not_declare_is_hidden_from_it(reader, section, article):
    def tells_its_query(serve_next):
        def serve(page, request, args, kwargs):
            response = serve_next(page, request, args, kwargs)
            response["X-Query"] = request.META["QUERY_STRING"] + request.GET.get("q", "")
            return response

        return serve

    with hooks.register_temporarily("on_serve_page", tells_its_query, order=-900):
        assert reader.get(f"{article.url}?q=me").headers["X-Query"] == ""
        assert reader.get(f"{section.url}?q=me&page=3").headers["X-Query"] == "page=3"


# --- What is never kept


@pytest.mark.parametrize("kind", ["cookie", "message", "vary", "status", "private", "token"])
def test_answer_made_for_one_person_is_not_kept(reader, article, kind):
    def personal(serve_next):
        def serve(page, request, args, kwargs):
            response = serve_next(page, request, args, kwargs)
            if kind == "cookie":
                response.set_cookie("seen", "yes")
            elif kind == "message":
                messages.info(request, "For you only.")
            elif kind == "vary":
                response.headers["Vary"] = "User-Agent"
            elif kind == "status":
                response.status_code = 202
            elif kind == "private":
                response.headers["Cache-Control"] = "private"
            else:
                get_token(request)
            return response

        return serve

    with hooks.register_temporarily("on_serve_page", personal):
        reader.get(article.url)
    reader.cookies.clear()
    answer = reader.get(article.url)
    assert answer.status_code == 200
    assert not answer.cookies
    assert answer.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert "Vary" not in answer.headers


def test_page_behind_wagtails_own_privacy_is_not_kept(reader, article):
    assert reader.get(article.url).status_code == 200
    PageViewRestriction.objects.create(page=article, restriction_type="login")
    assert reader.get(article.url).status_code == 302
    PageViewRestriction.objects.all().delete()
    assert read(reader, article.url)


def test_G6_preview_shows_the_draft_though_the_page_is_cached(reader, as_member, article):
    read(reader, article.url)
    article.title = "A draft of it"
    for mode in ("visitor", "member", "pro"):
        assert "A draft of it" in article.make_preview_request(preview_mode=mode).text
    assert "A draft of it" not in reader.get(article.url).text


def test_cache_that_is_away_is_no_reason_to_fail(reader, section, article, settings):
    settings.CACHES = {
        **settings.CACHES,
        "pages": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        },
    }
    assert "Kettles" in read(reader, article.url)


# --- What the outside is told


def test_G4_cached_public_page_answers_conditional_requests_and_head(reader, article):
    first = reader.get(article.url)
    etag = reader.get(article.url).headers["ETag"]
    assert first.headers["ETag"] == etag
    unchanged = reader.get(article.url, headers={"if-none-match": etag})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    head = reader.head(article.url)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == first.headers["Content-Length"]
    publish(article, title="Teapots")
    assert reader.get(article.url, headers={"if-none-match": etag}).status_code == 200


def test_G4_cached_gated_page_is_kept_by_no_other_cache(reader, section):
    page = ArticlePageFactory(parent=section, access="pro", body=body_of(("paywall", None)))
    for _time in range(2):
        answer = reader.get(page.url)
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert "Cookie" in answer.headers["Vary"]
        assert "ETag" not in answer.headers


def test_keys_tell_tenants_versions_releases_and_addresses_apart(site, monkeypatch):
    keys = {audience_cache.key("answer", site, "1", "/a/", "full")}
    keys.add(audience_cache.key("answer", site, "2", "/a/", "full"))
    keys.add(audience_cache.key("answer", site, "1", "/b/", "full"))
    keys.add(audience_cache.key("answer", site, "1", "/a/", "pay"))
    keys.add(audience_cache.key("answer", SiteFactory(), "1", "/a/", "full"))
    monkeypatch.setattr(audience_cache, "release", lambda: "another")
    keys.add(audience_cache.key("answer", site, "1", "/a/", "full"))
    assert len(keys) == 6


def test_what_is_held_is_true_for_its_stretch_of_time_only():
    held = kept.Held(value=1, since=NOON, until=NOON + timedelta(seconds=1))
    kept.keep("a", held)
    assert kept.fetch("a", NOON) == 1
    assert kept.fetch("a", NOON - timedelta(seconds=1)) is None
    assert kept.fetch("a", NOON + timedelta(seconds=1)) is None
    assert kept.fetch("b", timezone.now()) is None
