"""A shared cache that doesn't answer costs speed, and no page: not for those who pay either."""

from urllib.parse import urlsplit

import pytest
from django.conf import settings as project
from django.core.cache import CacheHandler, caches
from wagtail.models import Site

from krate_site import cache_backends
from krate_site.settings.caches import DJANGOS_REDIS, caches_beside
from krate_site.tenancy.models import Publication
from tests.factories import (
    HIDDEN,
    ArticlePageFactory,
    DocumentFactory,
    ImageFactory,
    body_of,
    team_member,
)
from tests.faults import Proxy, SilentServer

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def share_cache(settings):
    """Return a function from whose call on there is a shared cache at a port of this machine."""

    def share(port):
        server = {"BACKEND": DJANGOS_REDIS, "LOCATION": f"redis://127.0.0.1:{port}/0"}
        settings.CACHES = caches_beside(server)
        settings.SESSION_CACHE_ALIAS = "sessions"

    return share


@pytest.fixture
def silent():
    """What Redis is while it is stopped (SIGSTOP), or behind a network that swallows packets."""
    silent = SilentServer()
    yield silent
    silent.release()


@pytest.fixture(params=["refuses", "says nothing"])
def without_redis(request, share_cache):
    """Return a function from whose call on there is a shared cache, and nobody answers there."""
    if request.param == "refuses":
        return lambda: share_cache(1)
    silent = request.getfixturevalue("silent")
    return lambda: share_cache(silent.port)


@pytest.fixture
def telling_article(site, section):
    """A Pro article with whatever Wagtail looks up in a cache: pictures, and links in its text."""
    team_member(site)
    collection = Site.objects.get(pk=site.pk).tenant.collection
    picture, document = ImageFactory(collection=collection), DocumentFactory(collection=collection)
    Publication.objects.update_or_create(site=site, defaults={"logo": picture})
    linked = ArticlePageFactory(parent=section, slug="linked")
    links = (
        f'<p><a linktype="page" id="{linked.pk}">page</a> '
        f'<a linktype="document" id="{document.pk}">file</a></p>'
    )
    shown = {"image": {"image": picture.pk, "alt_text": "", "decorative": True}}
    return ArticlePageFactory(
        parent=section,
        access="pro",
        lead_image=picture,
        body=body_of(
            ("paragraph", links),
            ("image", shown),
            ("paywall", None),
            ("image", shown),
            ("paragraph", f"<p>{HIDDEN}</p>"),
        ),
    )


def test_S1_everybody_reads_on_while_the_shared_cache_is_away(
    without_redis, as_member, client_at, site, section, telling_article
):
    member, address = as_member(pro=True), telling_article.url
    addresses = (address, section.url, "/", "/search/?q=page", "/feed/")
    without_redis()
    for _time in range(2):
        assert HIDDEN in member.get(address).text
        assert member.get("/account/").status_code == 200
    member.cookies.clear()
    for address in addresses:
        for _time in range(2):
            answer = member.get(address)
            assert answer.status_code == 200
            assert HIDDEN not in answer.text


def test_who_signs_out_while_the_shared_cache_is_away_is_signed_out(
    without_redis, as_member, telling_article
):
    member, address = as_member(pro=True), telling_article.url
    kept = member.cookies[project.SESSION_COOKIE_NAME].value
    without_redis()
    assert member.post("/accounts/logout/").status_code == 302
    member.cookies[project.SESSION_COOKIE_NAME] = kept
    assert HIDDEN not in member.get(address).text


def test_S1_readers_dont_wait_one_after_the_other_for_a_redis_that_says_nothing(
    share_cache, silent, monkeypatch, as_member, section, telling_article
):
    """Sessions, pages and pictures are all kept there: the first question shows that it is away."""
    monkeypatch.setattr(cache_backends, "LEFT_ALONE", 3600)
    member, address, front = as_member(pro=True), telling_article.url, section.url
    share_cache(silent.port)
    for _time in range(3):
        assert HIDDEN in member.get(address).text
        assert member.get(front).status_code == 200
    assert len(silent.connections) == 1
    assert not silent.released


@pytest.mark.redis
def test_S1_copies_are_used_again_once_redis_is_back(share_cache, monkeypatch):
    server = urlsplit(project.CACHES["default"]["LOCATION"])
    redis = Proxy(server.hostname, server.port)
    monkeypatch.setattr(cache_backends, "LEFT_ALONE", 0)
    share_cache(redis.port)
    for away, back in ((redis.refuse, redis.listen), (redis.fall_silent, redis.speak)):
        caches["sessions"].set("somebody", "signed in")
        assert caches["sessions"].get("somebody") == "signed in"
        away()
        assert caches["sessions"].get("somebody", "unknown") == "unknown"
        back()
        assert caches["sessions"].get("somebody") == "signed in"
    caches["sessions"].delete("somebody")
    redis.stop()


@pytest.mark.redis
def test_a_copy_of_a_session_is_believed_for_a_minute_at_most():
    """Who signs out while Redis is away leaves his copy there, which nothing deletes."""
    copies = caches_beside(dict(project.CACHES["default"], BACKEND=DJANGOS_REDIS))["sessions"]
    cache = CacheHandler({"default": copies})["default"]
    for timeout in (14 * 24 * 60 * 60, None):
        cache.set("somebody", {}, timeout)
        redis = cache._cache.get_client(None)
        assert 0 < redis.ttl(cache.make_and_validate_key("somebody")) <= 60
