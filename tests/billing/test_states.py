"""Each state that a member can be in: its own words on the wall, on `/pro/` and on the account page.

The browser looks at the same states in tests/browser/test_states.py.
"""

import html
import re
from urllib.parse import urlsplit

import pytest

from tests.clients import TenantClient
from tests.factories import HIDDEN, ArticlePageFactory, SectionPageFactory
from tests.states import STATES


@pytest.fixture
def article(site):
    section = SectionPageFactory(parent=site.root_page, title="World", slug="world")
    return ArticlePageFactory(parent=section, access="pro", slug="kettle")


@pytest.fixture
def open_as(shop, site, person, sandbox):
    """Return a function that brings the person into a state, and gives his browser."""

    def open_as(state):
        client = TenantClient()
        client.speak_to(site)
        state.arrange(shop, person)
        if not state.is_visitor:
            client.force_login(person)
        if state.stripe_is_away:
            sandbox.mischief(answer="hang_up")
        return client

    return open_as


def words_of(response):
    main = re.search(r"<main.*?</main>", response.content.decode(), re.DOTALL)[0]
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", main).split()))


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_wall_plans_and_account_have_their_own_words(state, open_as, article):
    client = open_as(state)
    page = client.get(article.url).content.decode()
    assert (HIDDEN in page) == (state.wall == "")
    assert state.wall in html.unescape(page)
    if state.wall:
        wall = re.search(r'<section class="wall.*?</section>', page, re.DOTALL)[0]
        buttons = re.findall(r'class="button" href="([^"]*)"', wall)
        paths = [urlsplit(button).path for button in buttons]
        assert paths == [path for path in [state.leads_to] if path]
        assert bool(paths) == (state.name != "billing-off")
        assert all("kettle" in button for button in buttons)

    if state.stripe_is_away:
        plans = client.post("/account/billing/checkout/", {"plan": "annual"})
        client.post("/account/billing/portal/")
    else:
        plans = client.get("/pro/")
    assert state.pro in words_of(plans)

    account = client.get("/account/", follow=True)
    if state.stripe_is_away:
        account = client.post("/account/billing/ask/")
    assert state.account in words_of(account)


MASTHEAD = re.compile(r"<header class=.masthead.*?</header>", re.DOTALL)
BUTTON = re.compile(r'<a class="button" href="([^"]*)">([^<]*)</a>')


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_masthead_offers_what_the_state_asks_for_and_nothing_else(state, open_as, article):
    client = open_as(state)
    for address in (article.url, "/nowhere/", "/account/", "/pro/"):
        page = client.get(address, follow=True).text
        button = BUTTON.search(MASTHEAD.search(page)[0])
        if address == article.url and state.masthead:
            assert button[2] == state.masthead
            # Where it leads the same thing is to be done.
            there = words_of(client.get(button[1]))
            assert state.masthead in there or state.pro in there
        else:
            assert button is None, address


STATUS = re.compile(r'<h2 id="status-title">(.*?)</h2>\s*<p>(.*?)</p>', re.DOTALL)


@pytest.mark.parametrize(
    "state", [state for state in STATES if not state.is_visitor], ids=lambda state: state.name
)
def test_G5_the_account_page_says_once_how_the_member_stands_and_why(state, open_as):
    response = open_as(state).get("/account/")
    headline, reason = STATUS.search(response.content.decode()).groups()
    page = words_of(response)
    assert page.count(html.unescape(headline)) == 1
    assert page.count(html.unescape(reason)) == 1
