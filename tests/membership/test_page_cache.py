"""Rules S1 and S2: finished pages come from the cache, each to its audience, at no cost."""

from datetime import timedelta

import pytest
from django.contrib import messages
from django.contrib.auth.models import Group
from django.core.cache import caches
from django.middleware.csrf import get_token
from django.utils import timezone
from wagtail import hooks
from wagtail.models import PageViewRestriction

from home.models import ArticlePage
from membership.page_cache import store
from tests.clients import TenantClient
from tests.factories import (
    HIDDEN,
    ArticlePageFactory,
    SectionPageFactory,
    SiteFactory,
    UserFactory,
    body_of,
)
from tests.membership.reading import NOON, publish, read

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.database,
    pytest.mark.usefixtures("known_for_long"),
]


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
    section, as_member, pro, django_assert_num_queries, settings
):
    page = ArticlePageFactory(parent=section, access="pro")
    reader = as_member(pro=pro)
    first = reader.get(page.url)
    with django_assert_num_queries(1):
        again = reader.get(page.url)
    assert again.content == first.content
    assert (HIDDEN in again.text) == pro
    caches[settings.SESSION_CACHE_ALIAS].clear()
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


def test_page_is_kept_by_what_it_was_found_by_not_by_a_prefix_that_was_sent(reader, article):
    reader.get("/", SCRIPT_NAME=article.url.rstrip("/"))
    assert "heron keeps her quiet counsel" in reader.get(article.url).text


def test_process_that_has_not_heard_of_a_closing_shows_nothing_made_since(
    reader, as_member, article
):
    """Another process has put the page of the new facts where this one, by the old, looks for it."""
    read(reader, article.url)
    own = caches[store.OWN]
    old = {
        name: own.get(name)
        for key in list(own._cache)
        if "address" in (name := key.split(":", 2)[2])
    }
    caches[store.SHARED].clear()
    own.clear()
    ArticlePage.objects.filter(pk=article.pk).update(access="pro")
    assert HIDDEN in read(as_member(pro=True), article.url)
    own.set_many(old)
    reader.cookies.clear()
    assert HIDDEN not in reader.get(article.url).text


def test_numbers_that_a_gated_page_declares_make_pages_of_their_own(reader, article, monkeypatch):
    def tells_its_query(serve_next):
        def serve(page, request, args, kwargs):
            response = serve_next(page, request, args, kwargs)
            response["X-Query"] = request.META["QUERY_STRING"]
            return response

        return serve

    monkeypatch.setattr(ArticlePage, "numbers_in_query", ("part",), raising=False)
    with hooks.register_temporarily("on_serve_page", tells_its_query, order=-900):
        for query in ("part=1", "part=2", "part=1"):
            assert reader.get(f"{article.url}?{query}").headers["X-Query"] == query


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


@pytest.mark.parametrize("kind", ["password", "login", "groups"])
def test_page_shown_to_who_satisfied_wagtails_privacy_is_shown_to_nobody_else(
    reader, site, section, article, kind
):
    within = PageViewRestriction.objects.create(page=section, restriction_type=kind, password="x")
    friend = TenantClient()
    friend.speak_to(site)
    user = UserFactory(verified=True)
    friend.force_login(user)
    if kind == "groups":
        group = Group.objects.create(name="Friends")
        within.groups.add(group)
        user.groups.add(group)
    session = friend.session
    session[PageViewRestriction.passed_view_restrictions_session_key] = [within.pk]
    session.save()
    for address in (article.url, section.url):
        assert "Kettles" in read(friend, address)
        assert "Kettles" not in reader.get(address).text


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
    keys = {store.cache_key("answer", site, "1", "/a/", "full")}
    keys.add(store.cache_key("answer", site, "2", "/a/", "full"))
    keys.add(store.cache_key("answer", site, "1", "/b/", "full"))
    keys.add(store.cache_key("answer", site, "1", "/a/", "pay"))
    keys.add(store.cache_key("answer", SiteFactory(), "1", "/a/", "full"))
    monkeypatch.setattr(store, "release", lambda: "another")
    keys.add(store.cache_key("answer", site, "1", "/a/", "full"))
    assert len(keys) == 6


def test_what_is_held_is_true_for_its_stretch_of_time_only():
    held = store.Held(value=1, since=NOON, until=NOON + timedelta(seconds=1))
    store.keep("a", held)
    assert store.fetch("a", NOON) == 1
    assert store.fetch("a", NOON - timedelta(seconds=1)) is None
    assert store.fetch("a", NOON + timedelta(seconds=1)) is None
    assert store.fetch("b", timezone.now()) is None
