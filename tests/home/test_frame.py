"""The frame around every page: menu, look, and what a reader sees when something goes wrong."""

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import get_resolver, reverse
from django.views.defaults import server_error
from wagtail.models import Site
from wagtail.models.sites import SITE_ROOT_PATHS_CACHE_KEY, SITE_ROOT_PATHS_CACHE_VERSION

from home import theme
from home.models.mixins import RESERVED_SLUGS
from tests.factories import ArticlePageFactory, SectionPageFactory, SiteFactory


def test_unknown_address_says_so_in_the_tenants_frame(site, client_at):
    response = client_at(site).get("/no/such/page/")
    assert response.status_code == 404
    assert "There is nothing at this address" in response.text
    assert site.site_name in response.text


def test_not_found_page_leaves_no_cookie(site, client_at):
    response = client_at(site).get("/no/such/page/")
    assert not response.cookies


def test_tenant_made_by_another_process_has_its_addresses_at_once(site, client_at):
    known_here = Site.get_site_root_paths()
    other = SiteFactory()
    article = ArticlePageFactory(parent=SectionPageFactory(parent=other.root_page, slug="news"))
    cache.set(SITE_ROOT_PATHS_CACHE_KEY, known_here, version=SITE_ROOT_PATHS_CACHE_VERSION)
    response = client_at(other).get("/")
    assert response.status_code == 200
    assert f'href="/news/{article.slug}/"' in response.text


@pytest.mark.parametrize("accent", ["#9b1c31", "#ffff00", "#000000", "#ffffff", "#777777"])
def test_any_accent_is_readable_on_light_and_on_dark(accent):
    light = theme.readable(accent, ground=theme.LIGHT_WELL, towards=0.0)
    dark = theme.readable(accent, ground=theme.DARK_WELL, towards=1.0)
    for shade, ground in [
        (light, theme.LIGHT_PAPER),
        (light, theme.LIGHT_WELL),
        (dark, theme.DARK_PAPER),
        (dark, theme.DARK_WELL),
    ]:
        assert theme.contrast(shade, ground) >= theme.READABLE


def test_fault_on_our_side_is_said_without_asking_the_database(db, rf, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = server_error(rf.get("/"))
    assert response.status_code == 500
    assert "Something went wrong on our side" in response.content.decode()


def test_theme_stylesheet_may_be_kept_for_ever(site, client_at):
    response = client_at(site).get(reverse("theme", args=[1, "9b1c31"]))
    assert "--accent: #9b1c31" in response.text
    assert "immutable" in response["Cache-Control"]
    assert response["Content-Type"].startswith("text/css")


def test_icon_is_the_tenants_initial(site, client_at):
    response = client_at(site).get("/icon.svg")
    assert ">C</text>" in response.text  # The Courier


def test_expired_form_is_explained_to_the_reader(site):
    client = Client(enforce_csrf_checks=True, headers={"host": site.hostname})
    response = client.post("/accounts/login/", {"login": "a@example.com", "password": "x"})
    assert response.status_code == 403
    assert "This page has expired" in response.text
    assert "Nothing was changed" in response.text


@pytest.mark.parametrize("slug", ["search", "feed", "pro", "account", "admin", "static"])
def test_no_section_takes_an_address_of_the_site_itself(site, slug):
    with pytest.raises(ValidationError, match="uses this address"):
        SectionPageFactory(parent=site.root_page, slug=slug)


def test_every_first_part_of_our_own_addresses_is_reserved():
    firsts = {str(route.pattern).lstrip("^").split("/")[0] for route in flat(get_resolver())}
    words = {first for first in firsts if first.isidentifier() and first != "_util"}
    assert words <= RESERVED_SLUGS


def flat(resolver):
    """Yield the outermost routes that have a first part, through includes without one."""
    for route in resolver.url_patterns:
        if hasattr(route, "url_patterns") and str(route.pattern) == "":
            yield from flat(route)
        else:
            yield route
