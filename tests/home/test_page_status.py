"""The admin says who reads a page by our gate; Wagtail's own privacy is nowhere (rule G1)."""

import re
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Page
from wagtail.users.models import UserProfile

from home.models import ArticlePage
from home.tenants import create_tenant
from tests.factories import (
    ArticlePageFactory,
    SectionPageFactory,
    StandardPageFactory,
    UserFactory,
    team_member,
)
from tests.isolation.walking import fields

pytestmark = pytest.mark.django_db
OPEN, CLOSED = "Everyone", "Pro members"


@pytest.fixture
def site(db):
    return create_tenant(hostname="courier.localhost", name="The Courier", port=80).site


@pytest.fixture
def desk(site, client):
    """Return a function that signs a new person of the team in, or the platform's administrator."""

    def desk(role="editors"):
        boss = role == "platform"
        person = UserFactory(verified=True, is_superuser=True) if boss else team_member(site, role)
        client.speak_to(site)
        client.force_login(person)
        return person

    return desk


def edit(page):
    return reverse("wagtailadmin_pages:edit", args=[page.pk])


def explore(page):
    return reverse("wagtailadmin_explore", args=[page.pk])


def add(kind, parent):
    return reverse("wagtailadmin_pages:add", args=["home", kind, parent.pk])


def told(html):
    """Return the lines below the heading that says who may read, wherever the panel stands."""
    soup = BeautifulSoup(html, "html.parser")
    [heading] = soup.find_all(id=re.compile("^status-sidebar-(who-may-read|wer-dies-lesen)"))
    return [line.decode_contents().strip() for line in heading.parent.select(".w-help-text > div")]


def status(client, address):
    response = client.get(address)
    assert response.status_code == 200
    return told(response.content)


def tag_of(client, address):
    """Return what the header's tag “Live” says."""
    tag = BeautifulSoup(client.get(address).content, "html.parser").select_one(".page-status-tag")
    return tag and (tag["data-w-tooltip-content-value"], tag["aria-label"])


@pytest.mark.parametrize("role", ["editors", "admins", "platform"])
def test_G1_no_page_of_the_admin_tells_of_wagtails_privacy(client, desk, site, section, role):
    desk(role)
    article = ArticlePageFactory(parent=section, access="pro")
    draft = ArticlePageFactory(parent=section, access="pro", live=False)
    alias = article.create_alias(update_slug="alias")
    home, about = Page.objects.get(pk=site.root_page_id), StandardPageFactory(parent=site.root_page)
    addresses = [edit(page) for page in (article, draft, alias, home, section, about)]
    addresses += [explore(page) for page in (home, section, about)]
    addresses += [add("articlepage", section), add("sectionpage", home), add("standardpage", home)]
    addresses += [
        reverse(f"wagtailadmin_pages:{name}", args=[article.pk])
        for name in ("history", "unpublish", "copy", "usage", "delete")
    ]
    addresses += [reverse("wagtailadmin_home"), reverse("wagtailadmin_choose_page")]
    for address in addresses:
        response = client.get(address)
        assert response.status_code == 200, address
        text = response.text.lower()
        found = ("visible to all", "anyone can", "set-privacy", "/privacy/", "change privacy")
        assert [words for words in found if words in text] == [], address


def test_G1_the_status_panel_says_whom_an_article_is_for(client, desk, section):
    desk()
    for access, readers in (("public", OPEN), ("members", "Members"), ("pro", CLOSED)):
        article = ArticlePageFactory(parent=section, access=access)
        assert status(client, edit(article)) == [readers]
        label = f"Live, for: {readers}. Visit the live page"
        assert tag_of(client, edit(article)) == (readers, label)


@pytest.mark.parametrize(
    ("days", "words"), [(3, "open to everyone until"), (-3, "closed since")]
)  # fmt: skip
def test_G1_the_status_panel_says_from_or_until_when_a_date_opens_a_page(
    client, desk, section, days, words
):
    desk()
    until = timezone.now() + timedelta(days=days)
    article = ArticlePageFactory(parent=section, access="pro", public_until=until)
    [line] = status(client, edit(article))
    assert line.startswith(f"{CLOSED}; {words} ")


def test_G1_a_draft_with_another_access_than_the_live_version_is_told_of(client, desk, section):
    desk()
    article = ArticlePageFactory(parent=section, access="pro")
    article.access = "members"
    article.save_revision()
    assert status(client, edit(article)) == [f"Live: {CLOSED}", "Draft: Members"]
    assert tag_of(client, edit(article))[0] == CLOSED


def test_G1_a_draft_with_another_text_alone_is_told_of_once(client, desk, section):
    desk()
    article = ArticlePageFactory(parent=section, access="pro")
    article.author = "Mary"
    article.save_revision()
    assert status(client, edit(article)) == [CLOSED]


def test_G1_what_is_planned_is_told_of(client, desk, section):
    desk()
    article = ArticlePageFactory(parent=section)
    article.access = "pro"
    article.go_live_at = timezone.now() + timedelta(days=2)
    article.save_revision().publish()
    assert status(client, edit(article)) == [f"Live: {OPEN}", f"Planned: {CLOSED}"]
    draft = article.get_latest_revision_as_object()
    draft.access = "public"
    draft.save_revision()
    lines = [f"Live: {OPEN}", f"Planned: {CLOSED}", f"Draft: {OPEN}"]
    assert status(client, edit(article)) == lines


def test_G1_what_was_never_live_is_told_of_as_to_come(client, desk, section):
    desk()
    article = ArticlePageFactory(parent=section, access="pro", public_after_days=7, live=False)
    assert status(client, edit(article)) == [f"Once live: {CLOSED}; open to everyone after days: 7"]
    assert tag_of(client, edit(article)) is None


def test_G1_a_section_is_for_everyone_and_says_what_its_new_articles_start_with(client, desk, site):
    desk()
    section = SectionPageFactory(parent=site.root_page, default_access="pro")
    line = f"{OPEN}. New articles are for: {CLOSED}"
    assert status(client, edit(section)) == status(client, explore(section)) == [line]
    assert status(client, add("articlepage", section)) == [f"Once live: {CLOSED}"]


def test_G1_the_front_page_is_for_everyone(client, desk, site, section):
    desk()
    assert status(client, edit(site.root_page)) == status(client, explore(site.root_page)) == [OPEN]


def test_G7_a_page_of_unknown_access_is_told_of_as_closed(client, desk, section):
    desk()
    article = ArticlePageFactory(parent=section)
    ArticlePage.objects.filter(pk=article.pk).update(access="secret")
    article.revisions.all().delete()
    assert status(client, edit(article)) == [
        "The page's access setting is unknown, so it stays closed."
    ]


def test_G1_the_panel_follows_what_is_saved_while_it_is_written(client, desk, section):
    """Wagtail saves by itself and puts the panel of its answer in the place of the old one."""
    desk()
    article = ArticlePageFactory(parent=section, access="pro")
    page = BeautifulSoup(client.get(edit(article)).content, "html.parser")
    form = {**fields(page.find(id="page-edit-form")), "body-count": "0", "access": "members"}
    answer = client.post(edit(article), form, HTTP_ACCEPT="application/json").json()
    assert answer["success"] is True
    assert told(answer["html"]) == [f"Live: {CLOSED}", "Draft: Members"]
    assert "privacy" not in answer["html"]


def test_G1_a_form_that_comes_back_with_errors_still_says_who_reads_what_is_live(
    client, desk, section
):
    desk()
    article = ArticlePageFactory(parent=section, access="pro")
    page = BeautifulSoup(client.get(edit(article)).content, "html.parser")
    form = {**fields(page.find(id="page-edit-form")), "body-count": "0"}
    answer = client.post(edit(article), {**form, "access": "members", "slug": ""})
    assert "could not be saved" in answer.text
    assert told(answer.content) == [CLOSED]
    assert 'aria-label="Live, for: Pro members.' in answer.text


def test_G1_an_editor_who_reads_german_is_told_in_german(client, desk, section):
    person = desk()
    UserProfile.objects.update_or_create(user=person, defaults={"preferred_language": "de"})
    article = ArticlePageFactory(parent=section, access="pro")
    article.access = "members"
    article.save_revision()
    assert status(client, edit(article)) == ["Live: Pro-Mitglieder", "Entwurf: Mitglieder"]
    assert "Ihr Team kann dies bearbeiten." in client.get(edit(article)).text


def test_the_status_panel_says_who_edits_and_who_may_lock(client, desk, section):
    article = ArticlePageFactory(parent=section)
    desk("editors")
    text = client.get(edit(article)).text
    assert "Your team can edit this." in text
    assert "Lock it" not in text
    person = desk("admins")
    text = client.get(edit(article)).text
    assert "Your team can edit this. Lock it" in text
    assert reverse("wagtailadmin_pages:lock", args=[article.pk]) in text
    client.post(reverse("wagtailadmin_pages:lock", args=[article.pk]))
    assert ArticlePage.objects.get(pk=article.pk).locked_by == person
    text = client.get(edit(article)).text
    assert "Your team can edit this" not in text
    assert reverse("wagtailadmin_pages:unlock", args=[article.pk]) in text
