"""A shared cache that doesn't answer costs speed, and no page: not for those who pay either."""

import pytest
from django.conf import settings as project
from django.core.cache import CacheHandler
from wagtail.models import Site

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

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def without_redis(settings):
    """Return a function from whose call on there is a shared cache, and nobody answers there."""

    def away():
        nobody = {"BACKEND": DJANGOS_REDIS, "LOCATION": "redis://127.0.0.1:1/0"}
        settings.CACHES = caches_beside(nobody)
        settings.SESSION_CACHE_ALIAS = "sessions"

    return away


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


@pytest.mark.redis
def test_a_copy_of_a_session_is_believed_for_a_minute_at_most():
    """Who signs out while Redis is away leaves his copy there, which nothing deletes."""
    copies = caches_beside(dict(project.CACHES["default"], BACKEND=DJANGOS_REDIS))["sessions"]
    cache = CacheHandler({"default": copies})["default"]
    for timeout in (14 * 24 * 60 * 60, None):
        cache.set("somebody", {}, timeout)
        redis = cache._cache.get_client(None)
        assert 0 < redis.ttl(cache.make_and_validate_key("somebody")) <= 60
