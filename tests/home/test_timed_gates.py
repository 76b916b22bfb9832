"""Timed gates are part of `decide`, so they are exact wherever a page shows: to the second, no job needed.

Pages and lists at that second, from the cache too: tests/membership/test_staleness.py.
"""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.management import call_command

from home.models import ArticlePage
from tests.factories import HIDDEN, ArticlePageFactory

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
GATES = [
    pytest.param({"public_until": NOON}, True, id="open-until"),
    pytest.param(
        {"public_after_days": 7, "first_published_at": NOON - timedelta(days=7)},
        False,
        id="open-after",
    ),
]


@pytest.fixture
def timed(section, client_at, site):
    """Return a function that makes a Pro article with a timed gate, and gives it with a visitor."""

    def make(gate):
        page = ArticlePageFactory(parent=section, access="pro", slug="timed", title="Timed")
        ArticlePage.objects.filter(pk=page.pk).update(**gate)
        return page, client_at(site)

    return make


def structured_data(text):
    return json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', text)[1])


@pytest.mark.parametrize(("gate", "open_before"), GATES)
def test_structured_data_says_free_or_not_to_the_second(timed, gate, open_before):
    page, visitor = timed(gate)
    for moment, is_open in ((NOON - SECOND, open_before), (NOON, not open_before)):
        with time_machine.travel(moment, tick=False):
            text = visitor.get(page.url).text
        assert (HIDDEN in text) == is_open
        assert ("isAccessibleForFree" not in structured_data(text)) == is_open
        assert ('class="wall ' not in text) == is_open


@pytest.mark.parametrize(("gate", "open_before"), GATES)
def test_G4_no_cache_keeps_a_timed_page_on_either_side(timed, gate, open_before):
    page, visitor = timed(gate)
    for moment in (NOON - SECOND, NOON):
        with time_machine.travel(moment, tick=False):
            assert visitor.get(page.url).headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(("gate", "open_before"), GATES)
def test_G3_feed_sitemap_and_search_tell_no_hidden_word_on_either_side(timed, gate, open_before):
    page, visitor = timed(gate)
    call_command("update_index", verbosity=0)
    for moment in (NOON - SECOND, NOON):
        with time_machine.travel(moment, tick=False):
            feed = visitor.get("/feed/").text
            assert "Timed" in feed
            assert "heron" not in feed
            assert page.url in visitor.get("/sitemap.xml").text
            assert "Timed" not in visitor.get("/search/", {"q": "heron"}).text
            assert "Timed" in visitor.get("/search/", {"q": "timed"}).text


@pytest.mark.parametrize(("gate", "open_before"), GATES)
def test_the_badge_in_lists_and_results_changes_at_that_second(timed, gate, open_before):
    _page, visitor = timed(gate)
    for moment, is_open in ((NOON - SECOND, open_before), (NOON, not open_before)):
        with time_machine.travel(moment, tick=False):
            for address in ("/world/", "/", "/search/?q=timed"):
                assert ("badge--pro" not in visitor.get(address).text) == is_open, address
