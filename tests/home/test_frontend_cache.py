"""What a CDN is told to forget: a real HTTP server takes the calls."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from home.admin.bulk_access import set_access
from tests.factories import ArticlePageFactory, SectionPageFactory

pytestmark = pytest.mark.django_db


class Edge(HTTPServer):
    """A cache before the site that knows one method: PURGE."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Purged)
        self.purged = set()


class Purged(BaseHTTPRequestHandler):
    def do_PURGE(self):
        self.server.purged.add(self.headers["Host"] + self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def edge(settings):
    """The cache in front, running, and configured as docs/caching.md says."""
    edge = Edge()
    threading.Thread(target=edge.serve_forever, daemon=True).start()
    settings.WAGTAILFRONTENDCACHE = {
        "edge": {
            "BACKEND": "wagtail.contrib.frontend_cache.backends.HTTPBackend",
            "LOCATION": f"http://127.0.0.1:{edge.server_port}",
        }
    }
    yield edge
    edge.shutdown()
    edge.server_close()


@pytest.fixture
def told(edge, django_capture_on_commit_callbacks):
    """Return a function that does something, and gives the paths that were purged for it."""

    def told(act):
        edge.purged.clear()
        with django_capture_on_commit_callbacks(execute=True):
            act()
        return {address.removeprefix("courier.localhost") for address in edge.purged}

    return told


LISTS = {"/", "/feed/", "/feed/atom/", "/sitemap.xml"}
WORLD = {"/world/", "/feed/section/world/", "/feed/section/world/atom/"}


def test_page_and_the_lists_that_name_it_are_purged_at_every_change(site, section, told):
    article = ArticlePageFactory(parent=section, slug="kettles")
    everywhere = {"/world/kettles/", *WORLD, *LISTS}
    assert told(lambda: article.save_revision().publish()) == everywhere
    assert told(article.unpublish) == everywhere
    assert told(article.save_revision) == set()
    elsewhere = SectionPageFactory(parent=site.root_page, slug="else")
    moved = told(lambda: article.move(elsewhere, pos="last-child"))
    assert moved >= {"/world/kettles/", "/else/kettles/", "/world/", "/else/", "/"}
    article.refresh_from_db()
    assert "/else/kettles/" in told(article.delete)


def test_G4_page_that_is_closed_among_many_is_purged_with_its_aliases(section, told):
    article = ArticlePageFactory(parent=section, slug="kettles")
    article.create_alias(update_slug="again")
    closed = told(lambda: set_access(article, "pro", user=None))
    assert closed >= {"/world/kettles/", "/world/again/", "/world/", "/"}


def test_old_address_of_a_renamed_page_is_purged(section, told):
    article = ArticlePageFactory(parent=section, slug="kettles")
    article.slug = "teapots"
    purged = told(lambda: article.save_revision().publish())
    assert {"/world/kettles/", "/world/teapots/"} <= purged


def test_nothing_is_sent_before_the_commit(section, edge, django_capture_on_commit_callbacks):
    article = ArticlePageFactory(parent=section)
    with django_capture_on_commit_callbacks():
        article.save_revision().publish()
    assert edge.purged == set()
