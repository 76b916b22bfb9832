"""Rule G4: a tenant's own team reads its pages in full, marked, out of no cache and into none."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from krate_site.tenancy.permissions import works_for
from membership.models import Invitation
from membership.page_cache import store
from membership.team import remove
from tests.clients import TenantClient
from tests.factories import (
    HIDDEN,
    TEASER,
    ArticlePageFactory,
    DocumentFactory,
    SectionPageFactory,
    SiteFactory,
    UserFactory,
    body_of,
    team_member,
)
from tests.membership.reading import read

pytestmark = [pytest.mark.django_db, pytest.mark.database]

NEVER_KEPT = "private, no-store"
NOTE = "Readers meet the wall here."


@pytest.fixture
def browser_of(site):
    """Return a function that gives somebody a browser of their own, signed in at a tenant."""

    def open_browser(user=None, at=site):
        browser = TenantClient()
        browser.speak_to(at)
        if user is not None:
            browser.force_login(user)
        return browser

    return open_browser


def is_read_by(browser, page):
    """Return whether this browser is shown the page in full, as the team's."""
    answer = browser.get(page.url)
    assert answer.headers["Cache-Control"] == NEVER_KEPT
    assert (HIDDEN in answer.text) == (NOTE in answer.text)
    return HIDDEN in answer.text


@pytest.mark.parametrize("access", ["members", "pro"])
@pytest.mark.parametrize("who", ["admins", "editors", "superuser"])
def test_G4_team_reads_its_own_pages_in_full_and_sees_where_the_wall_stands(
    site, section, browser_of, shop, who, access
):
    page = ArticlePageFactory(parent=section, access=access)
    user = UserFactory(is_superuser=True) if who == "superuser" else team_member(site, who)
    answer = browser_of(user).get(page.url)
    text = answer.text
    assert text.index(TEASER) < text.index(NOTE) < text.index(HIDDEN)
    assert {"members": "Members", "pro": "Pro members"}[access] in text
    assert answer.headers["Cache-Control"] == NEVER_KEPT
    assert "Cookie" in answer.headers["Vary"]
    assert "ETag" not in answer.headers
    assert 'class="wall' not in text
    assert "isAccessibleForFree" not in text
    assert "Subscribe" not in text


def test_note_stands_on_top_where_a_page_has_no_divider(site, section, browser_of):
    page = ArticlePageFactory(
        parent=section, access="pro", body=body_of(("paragraph", f"<p>{HIDDEN}</p>"))
    )
    text = browser_of(team_member(site)).get(page.url).text
    assert text.count(NOTE) == 1
    assert text.index("article__head") < text.index(NOTE) < text.index(HIDDEN)


def test_page_that_is_open_to_all_has_no_note(site, section, browser_of):
    public = ArticlePageFactory(parent=section)
    timed = ArticlePageFactory(
        parent=section, access="pro", public_until=timezone.now() + timedelta(days=1)
    )
    team, visitor = browser_of(team_member(site)), browser_of()
    assert team.get(public.url).content == visitor.get(public.url).content
    assert HIDDEN in team.get(timed.url).text
    assert NOTE not in team.get(timed.url).text


# --- Into no cache, and out of none


@pytest.mark.usefixtures("known_for_long")
@pytest.mark.parametrize("access", ["members", "pro"])
@pytest.mark.parametrize("team_first", [True, False])
def test_G4_nobody_gets_the_teams_page_and_the_team_gets_nobodys(
    site, section, browser_of, member, access, team_first
):
    page = ArticlePageFactory(parent=section, access=access)
    team = browser_of(team_member(site))
    others = [browser_of(), *(browser_of(member(pro=pro).user) for pro in (False, True))]
    if team_first:
        assert NOTE in read(team, page.url)
    before = [read(browser, page.url) for browser in others]
    assert NOTE in read(team, page.url)
    assert [read(browser, page.url) for browser in others] == before
    assert not any(NOTE in text for text in before)
    assert [HIDDEN in text for text in before] == [False, access == "members", True]


@pytest.mark.usefixtures("known_for_long")
def test_G4_reading_of_the_team_leaves_nothing_in_the_cache(site, section, browser_of):
    page = ArticlePageFactory(parent=section, access="pro")
    read(browser_of(team_member(site)), page.url)
    assert not [name for name in caches[store.OWN]._cache if ":answer:" in name]
    read(browser_of(), page.url)
    assert [name for name in caches[store.OWN]._cache if ":answer:" in name]


def test_S2_team_is_known_without_a_statement_more(site, section, browser_of, member):
    page = ArticlePageFactory(parent=section, access="pro")
    team = browser_of(team_member(site))
    team.get(page.url)
    with CaptureQueriesContext(connection) as asked:
        team.get(page.url)
    of_people = [query for query in asked if '"membership_user' in query["sql"]]
    assert len(of_people) == 1
    assert len(asked) <= 14


# --- Who is of the team


def test_T4_team_of_another_tenant_is_a_stranger(site, section, browser_of):
    page = ArticlePageFactory(parent=section, access="pro")
    other = SiteFactory(hostname="gazette.localhost")
    for group in ("admins", "editors"):
        stranger = team_member(other, group)
        assert not is_read_by(browser_of(stranger), page)
        carried = browser_of(stranger, at=other)
        carried.defaults["HTTP_HOST"] = site.hostname
        assert not is_read_by(carried, page)
    theirs = ArticlePageFactory(parent=SectionPageFactory(parent=other.root_page), access="pro")
    assert is_read_by(browser_of(stranger, at=other), theirs)
    assert not is_read_by(browser_of(team_member(site), at=other), theirs)


def test_G4_who_was_removed_or_deactivated_reads_as_a_stranger_at_once(site, section, browser_of):
    page = ArticlePageFactory(parent=section, access="pro")
    boss, gone, closed = (team_member(site, group) for group in ("admins", "editors", "editors"))
    browsers = [browser_of(user) for user in (boss, gone, closed)]
    assert [is_read_by(browser, page) for browser in browsers] == [True, True, True]
    remove(site=site, user_id=gone.pk, by=boss)
    closed.is_active = False
    closed.save()
    assert [is_read_by(browser, page) for browser in browsers] == [True, False, False]
    assert not works_for(closed, site)
    assert not works_for(AnonymousUser(), site)


def test_G4_who_is_invited_reads_on_once_they_sign_in(site, section, browser_of):
    page = ArticlePageFactory(parent=section, access="pro")
    bob = team_member(site, "editors", password="correct horse battery")
    Invitation.objects.create(site=site, user=bob)
    elsewhere = browser_of(bob, at=SiteFactory())
    elsewhere.defaults["HTTP_HOST"] = site.hostname
    assert not is_read_by(elsewhere, page)
    browser = browser_of()
    assert not is_read_by(browser, page)
    browser.post("/accounts/login/", {"login": bob.email, "password": "correct horse battery"})
    assert is_read_by(browser, page)


# --- Beside the page


def test_G4_document_below_the_divider_opens_for_the_team_and_is_kept_by_nobody(
    site, section, browser_of
):
    editor = team_member(site, "editors")
    document = DocumentFactory(collection=site.tenant.collection)
    link = f'<p><a linktype="document" id="{document.pk}">ledger</a></p>'
    page = ArticlePageFactory(
        parent=section, access="pro", body=body_of(("paywall", None), ("paragraph", link))
    )
    answer = browser_of(editor).get(document.url)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == NEVER_KEPT
    assert browser_of().get(document.url).url == page.url
    assert browser_of(team_member(SiteFactory())).get(document.url).url == page.url


def test_feeds_search_and_lists_are_the_teams_as_everybodys(site, section, browser_of):
    ArticlePageFactory(parent=section, access="pro")
    team, visitor = browser_of(team_member(site)), browser_of()
    for address in ("/", section.url, "/feed/", "/search/?q=heron", "/sitemap.xml"):
        assert team.get(address).content == visitor.get(address).content
        assert HIDDEN not in team.get(address).text


def test_G6_preview_stays_as_chosen_for_the_team(site, section, browser_of):
    page = ArticlePageFactory(parent=section, access="pro")
    desk = browser_of(team_member(site, "editors"))
    for mode, sees in (("visitor", False), ("member", False), ("pro", True)):
        text = desk.get(f"/admin/pages/{page.pk}/view_draft/?mode={mode}").text
        assert (HIDDEN in text) == sees
        assert NOTE not in text
