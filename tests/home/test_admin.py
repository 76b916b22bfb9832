"""What editors see of access in the admin (rule G1)."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Page, PageLogEntry

from home.models import ArticlePage, SectionPage
from home.tenants import create_tenant
from tests.factories import ArticlePageFactory, SectionPageFactory, UserFactory, body_of

SOON, LATELY = (timezone.now() + timedelta(days=days) for days in (3, -30))


@pytest.fixture
def site(db):
    return create_tenant(hostname="courier.localhost", name="The Courier", port=80).site


@pytest.fixture
def editor(site, client):
    editor = UserFactory(verified=True)
    editor.groups.add(site.tenant.editors)
    client.speak_to(site)
    client.force_login(editor)
    return editor


def set_access(client, pages, access, **fields):
    address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "set_access"])
    query = "&".join(f"id={page.pk}" for page in pages)
    return client.post(f"{address}?{query}", {"access": access, **fields})


def test_G1_explorer_shows_whom_each_page_is_for(client, editor, section):
    ArticlePageFactory(parent=section, access="pro")
    text = client.get(reverse("wagtailadmin_explore", args=[section.pk])).text
    assert "Who may read" in text
    assert "Pro members" in text


@pytest.mark.parametrize(
    ("gate", "words"),
    [
        ({"public_until": SOON}, "open to everyone until"),
        ({"public_until": LATELY}, "closed since"),
        ({"public_after_days": 7, "first_published_at": SOON}, "open to everyone from"),
        ({"public_after_days": 7, "first_published_at": LATELY}, "open to everyone since"),
        ({"public_after_days": 7, "first_published_at": None}, "open to everyone after days: 7"),
        ({}, ""),
        # Both contradict each other, so neither opens it: zero days are days, too.
        ({"public_until": SOON, "public_after_days": 0}, ""),
        ({"public_until": SOON, "public_after_days": 7}, ""),
    ],
)
def test_G1_explorer_says_from_or_until_when_a_date_opens_a_page(
    client, editor, section, gate, words
):
    page = ArticlePageFactory(parent=section, access="pro")
    ArticlePage.objects.filter(pk=page.pk).update(**gate)
    text = client.get(reverse("wagtailadmin_explore", args=[section.pk])).text
    said = re.findall(r"<small>((?:open|closed) [^<]*)</small>", text)
    assert [words in each for each in said] == [True] * bool(words)


def test_G1_explorer_filters_by_access(client, editor, section):
    ArticlePageFactory(parent=section, title="A closed one", access="pro")
    ArticlePageFactory(parent=section, title="An open one")
    address = reverse("wagtailadmin_explore_results", args=[section.pk])
    text = client.get(address, {"access": "pro"}).text
    assert "A closed one" in text
    assert "An open one" not in text


def test_G1_editor_sets_access_for_many_pages_at_once(site, client, editor, section):
    articles = [ArticlePageFactory(parent=section) for _ in range(3)]
    response = set_access(client, articles[:2], "pro")
    assert response.status_code == 302
    found = [ArticlePage.objects.get(pk=article.pk).access for article in articles]
    assert found == ["pro", "pro", "public"]
    assert "Readers meet the wall here" in client.get(articles[0].url).text
    client.logout()
    assert "heron" not in client.get(articles[0].url).text
    logged = PageLogEntry.objects.filter(action="home.change_access").latest("pk")
    assert logged.user == editor
    assert logged.message == "Who may read: Pro members (before: Everyone)"


def test_older_rows_of_a_pages_history_still_say_who_may_read(client, editor, section):
    article = ArticlePageFactory(parent=section)
    noted = {"old": "public", "new": "members"}
    PageLogEntry.objects.log_action(article, "home.set_access", user=editor, data=noted)
    history = client.get(reverse("wagtailadmin_pages:history", args=[article.pk])).text
    assert "Who may read: Members (before: Everyone)" in history


def test_a_pages_history_says_what_new_articles_of_a_section_begin_as(client, editor, section):
    set_access(client, [section], "pro")
    history = client.get(reverse("wagtailadmin_pages:history", args=[section.pk])).text
    assert "New pages here begin as: Pro members (before: Everyone)" in history


def test_G1_setting_access_takes_the_words_out_of_the_search(client, editor, section):
    article = ArticlePageFactory(parent=section)
    set_access(client, [article], "pro")
    assert article.url not in client.get("/search/", {"q": "heron"}).text


def test_G1_a_waiting_draft_does_not_bring_the_old_access_back(client, editor, section):
    article = ArticlePageFactory(parent=section)
    article.title = "A new title"
    article.save_revision()
    set_access(client, [article], "pro")
    article = ArticlePage.objects.get(pk=article.pk)
    assert article.access == "pro"
    assert article.title != "A new title"
    article.get_latest_revision().publish()
    article = ArticlePage.objects.get(pk=article.pk)
    assert (article.title, article.access) == ("A new title", "pro")


def test_G1_aliases_follow(client, editor, section):
    article = ArticlePageFactory(parent=section)
    alias = article.create_alias(update_slug="alias")
    set_access(client, [article], "pro")
    assert ArticlePage.objects.get(pk=alias.pk).access == "pro"


def test_G1_a_section_takes_it_as_default_and_its_articles_if_asked(client, editor, section):
    article = ArticlePageFactory(parent=section)
    set_access(client, [section], "members")
    assert SectionPage.objects.get(pk=section.pk).default_access == "members"
    assert ArticlePage.objects.get(pk=article.pk).access == "public"
    set_access(client, [section], "pro", include_descendants="on")
    assert ArticlePage.objects.get(pk=article.pk).access == "pro"


def test_G1_new_article_starts_with_its_sections_default(site, client, editor):
    section = SectionPageFactory(parent=site.root_page, default_access="members")
    address = reverse("wagtailadmin_pages:add", args=["home", "articlepage", section.pk])
    text = client.get(address).text
    assert '<option value="members" selected>' in text


def test_T4_editor_sets_no_access_at_another_tenant(site, client, editor):
    other = create_tenant(hostname="gazette.localhost", name="The Gazette", port=80).site
    foreign = ArticlePageFactory(
        parent=SectionPageFactory(parent=other.root_page), title="Secret plans"
    )
    set_access(client, [foreign], "pro")
    assert ArticlePage.objects.get(pk=foreign.pk).access == "public"


@pytest.mark.parametrize("action", ["set_access", "publish", "unpublish", "delete", "move"])
@pytest.mark.parametrize("below", ["", "&childOf=", "&childOf=1", "&childOf=x"])
def test_T4_bulk_operations_on_all_show_no_page_of_another_tenant(
    site, client, editor, action, below
):
    other = create_tenant(hostname="gazette.localhost", name="The Gazette", port=80).site
    ArticlePageFactory(parent=SectionPageFactory(parent=other.root_page), title="Secret plans")
    client.raise_request_exception = False
    address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", action])
    text = client.get(f"{address}?id=all{below}").text
    assert "Secret plans" not in text
    assert "Gazette" not in text


def test_member_cannot_set_access(site, client, section, sign_in):
    article = ArticlePageFactory(parent=section)
    sign_in()
    set_access(client, [article], "pro")
    assert ArticlePage.objects.get(pk=article.pk).access == "public"


def test_editing_form_counts_words_above_and_below_the_divider(client, editor, section):
    article = ArticlePageFactory(parent=section, access="pro")
    text = client.get(reverse("wagtailadmin_pages:edit", args=[article.pk])).text
    assert "8 words stand above the paywall divider" in text
    assert "9 below it" in text


def test_editing_form_says_what_looks_wrong(client, editor, section):
    idle = ArticlePageFactory(parent=section)
    bare = ArticlePageFactory(
        parent=section,
        access="pro",
        introduction="",
        body=body_of(("paragraph", "<p>All of it.</p>")),
    )
    edit = "wagtailadmin_pages:edit"
    assert "divider does nothing" in client.get(reverse(edit, args=[idle.pk])).text
    assert "nothing but its title" in client.get(reverse(edit, args=[bare.pk])).text


@pytest.mark.parametrize("kind", ["articlepage", "sectionpage", "standardpage"])
def test_every_page_type_can_be_added(site, client, editor, section, kind):
    parent = section if kind == "articlepage" else site.root_page
    address = reverse("wagtailadmin_pages:add", args=["home", kind, parent.pk])
    assert client.get(address).status_code == 200


def test_front_page_can_be_edited_and_previewed(site, client, editor, section):
    ArticlePageFactory(parent=section)
    home = Page.objects.get(pk=site.root_page_id)
    assert client.get(reverse("wagtailadmin_pages:edit", args=[home.pk])).status_code == 200
    assert client.get(reverse("wagtailadmin_pages:view_draft", args=[home.pk])).status_code == 200
