"""The masthead offers each reader of a gated page what is theirs to do, and nobody what isn't."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from membership.access import Access, Reader, decide, finished_page, offer_to
from membership.page_cache.middleware import PageFacts
from membership.paywall import masthead_link, wall_for
from membership.states import PAID_TIMES, STATES, SUBSCRIBE, CurrentStanding, Standing, state_of
from tests.factories import HIDDEN, ArticlePageFactory
from tests.membership.reading import NOON, read

TOOLS = re.compile(r'<div class="masthead__tools masthead__tools--end">.*?</div>', re.DOTALL)
BUTTON = re.compile(r'<a class="button" href="([^"]*)">([^<]*)</a>')


def offered(text):
    """Return the words and the address of the masthead's button, or None where it has none."""
    button = BUTTON.search(TOOLS.search(text)[0])
    return (button[2], button[1]) if button else None


# --- The table, without a database


@pytest.mark.parametrize("standing", [*Standing, "a standing of tomorrow"])
def test_who_reads_is_offered_nothing_but_to_pay_what_is_owed(standing):
    current = CurrentStanding(is_pro=True, standing=standing)
    offer = offer_to(Reader(current=current))
    if standing in (Standing.PAST_DUE, Standing.ACTION_REQUIRED):
        assert offer == state_of(standing).offer
    else:
        assert offer is None
    assert offer_to(Reader(current=current, is_team=True)) is None


def test_T3_visitors_are_offered_pro_where_it_is_sold_and_nobody_is_anything_elsewhere():
    assert offer_to(Reader()) == SUBSCRIBE
    for state in STATES.values():
        assert masthead_link(state.offer, "", on_sale=False) is None


@pytest.mark.parametrize("standing", [*Standing, "a standing of tomorrow"])
def test_an_offer_leads_where_the_wall_of_that_standing_leads(standing):
    reader = Reader(current=CurrentStanding(standing=standing))
    link = masthead_link(offer_to(reader), "/world/kettle/", on_sale=True)
    wall = decide(PageFacts(access=Access.PRO), reader).wall
    wall = wall_for(wall, "/world/kettle/", on_sale=True)
    assert link is None or link.url == wall.action.url


@pytest.mark.parametrize(("access", "pages"), [("public", 1), ("members", 6), ("pro", 11)])
def test_S1_few_finished_pages_and_each_has_one_audience_and_one_offer(access, pages):
    readers = [Reader()]
    for standing in Standing:
        readers.append(Reader(current=CurrentStanding(is_pro=True, standing=standing)))
        # What was paid for ends by the clock, and with it the standing.
        if standing not in PAID_TIMES:
            readers.append(Reader(current=CurrentStanding(standing=standing)))
    if access == "public":
        readers = readers[:1]  # everybody is one
    facts = PageFacts(access=access)
    finished = {}
    for reader in readers:
        decision = decide(facts, reader)
        shown = (decision.wall, offer_to(reader))
        assert finished.setdefault(finished_page(decision, reader), shown) == shown
    assert len(finished) <= pages


def test_S1_visitor_and_free_member_share_no_finished_page_whatever_they_are_offered():
    facts = PageFacts(access="pro", public_until=timezone.now() + timedelta(days=1))
    pages = {
        finished_page(decide(facts, reader), reader)
        for reader in (Reader(), Reader(current=CurrentStanding()))
    }
    assert len(pages) == 2


# --- What is seen, from the cache, too


@pytest.mark.django_db
@pytest.mark.parametrize("access", ["members", "pro"])
def test_every_reader_of_a_gated_page_gets_their_own_masthead(section, shop, as_member, access):
    page = ArticlePageFactory(parent=section, access=access, slug="kettle")
    plans, account = "/pro/?next=%2Fworld%2Fkettle%2F", "/account/?next=%2Fworld%2Fkettle%2F"
    in_grace = {"standing": "past_due", "pro_until": timezone.now() + timedelta(days=3)}
    as_guest = {"complimentary_until": timezone.now() + timedelta(days=3)}
    cases = [
        ({}, ("Subscribe", plans)),
        ({"pro": True}, None),
        ({"standing": "ended"}, ("Renew", plans)),
        ({"standing": "past_due"}, ("Pay", account)),
        (in_grace, ("Pay", account)),
        ({"standing": "action_required"}, ("Confirm", account)),
        (as_guest, None),
        ({"standing": "ended", **as_guest}, None),
        ({"standing": "past_due", **as_guest}, ("Pay", account)),
        ({"standing": "incomplete"}, None),
        ({"standing": "pending"}, None),
        ({"standing": "paused"}, None),
    ]
    for _time in range(2):
        for fields, offer in cases:
            assert offered(read(as_member(**fields), page.url)) == offer, fields
        client = as_member()
        client.logout()
        assert offered(read(client, page.url)) == ("Subscribe", plans)


@pytest.mark.django_db
def test_S2_wall_asks_once_whether_pro_is_sold_and_a_page_for_its_readers_never(
    section, shop, as_member
):
    page = ArticlePageFactory(parent=section, access="pro", slug="kettle")
    assert "This page is for Pro members" in as_member().get(page.url).text
    assert shop.asked == 1
    assert HIDDEN in as_member(pro=True).get(page.url).text
    assert shop.asked == 1


@pytest.mark.django_db
def test_S1_masthead_changes_when_access_ends_by_the_clock(section, shop, as_member):
    page = ArticlePageFactory(parent=section, access="members", slug="kettle")
    with time_machine.travel(NOON, tick=False) as clock:
        reader = as_member(standing="pro", pro_until=NOON + timedelta(minutes=10))
        assert offered(read(reader, page.url)) is None
        clock.move_to(NOON + timedelta(minutes=10))
        text = read(reader, page.url)
        assert HIDDEN in text
        assert offered(text)[0] == "Renew"
        clock.move_to(NOON + timedelta(minutes=9, seconds=59))
        assert offered(read(reader, page.url)) is None


@pytest.mark.django_db
def test_public_pages_offer_the_same_to_everybody(site, section, shop, as_member):
    page = ArticlePageFactory(parent=section)
    client = as_member(standing="past_due")
    for address in (page.url, section.url, "/", "/search/?q=kettle"):
        text = client.get(address).text
        assert offered(text) == ("Subscribe", "/pro/")
        assert 'href="/account/"' in TOOLS.search(text)[0]


@pytest.mark.django_db
def test_page_that_is_open_for_a_while_offers_nothing_to_who_is_pro(section, shop, as_member):
    tomorrow = timezone.now() + timedelta(days=1)
    page = ArticlePageFactory(parent=section, access="pro", public_until=tomorrow)
    assert offered(read(as_member(), page.url))[0] == "Subscribe"
    assert offered(read(as_member(pro=True), page.url)) is None


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/nowhere/", "/admin/", "/account/", "/accounts/email/"])
def test_no_page_beside_the_articles_offers_pro_to_who_has_it(shop, as_member, path):
    text = as_member(pro=True).get(path, follow=True).text
    assert 'class="masthead"' in text
    assert offered(text) is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("mode", "offer"), [("visitor", "Subscribe"), ("member", "Subscribe"), ("pro", None)]
)
def test_G6_preview_has_the_masthead_of_the_chosen_reader(section, shop, mode, offer):
    page = ArticlePageFactory(parent=section, access="pro")
    button = offered(page.make_preview_request(preview_mode=mode).text)
    assert (button and button[0]) == offer
    page.access = "public"
    assert offered(page.make_preview_request(preview_mode=mode).text)[0] == "Subscribe"


def test_what_the_team_reads_is_its_own():
    team = Reader(is_team=True, current=CurrentStanding(is_pro=True, standing=Standing.PRO))
    for access in ("members", "pro"):
        decision = decide(PageFacts(access=access), team)
        assert (decision.allowed, decision.is_team) == (True, True)
        assert decision.reason_code == "team"
    assert not decide(PageFacts(), team).is_team
    for access in ("public", "members", "pro", "nonsense"):
        assert finished_page(decide(PageFacts(access=access), team), team) is None
    assert not decide(PageFacts(access="nonsense"), team).allowed
