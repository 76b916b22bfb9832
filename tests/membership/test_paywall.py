"""The gate on real pages: caches, sections' defaults, copies, timed gates, queries."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from wagtail.models import Locale

from home.models import ArticlePage, SectionPage
from membership.access import Access
from tests.factories import HIDDEN, TEASER, ArticlePageFactory, team_member
from tests.membership.conftest import GONE_SESSION

pytestmark = pytest.mark.django_db

NEVER_KEPT = "private, no-store"


def vary(answer):
    return {part.strip() for part in answer.headers.get("Vary", "").split(",")}


# --- G4: caches


@pytest.mark.parametrize("access", ["members", "pro", "nonsense"])
def test_G4_gated_page_is_kept_by_no_cache_whoever_reads_it(
    site, client, section, as_member, access
):
    article = ArticlePageFactory(parent=section, access="pro")
    ArticlePage.objects.update(access=access)
    client.speak_to(site)
    for reader in (client, as_member(), as_member(pro=True)):
        answer = reader.get(article.url)
        assert answer.headers["Cache-Control"] == NEVER_KEPT
        assert "Cookie" in vary(answer)
        assert "ETag" not in answer.headers


@pytest.mark.parametrize(
    "gate", [{"public_until": timezone.now() + timedelta(days=3)}, {"public_after_days": 1}]
)
def test_G4_timed_gate_keeps_a_page_from_caches_while_it_is_open(site, client_at, section, gate):
    article = ArticlePageFactory(parent=section, access="pro", **gate)
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        answer = client_at(site).get(article.url)
        assert HIDDEN in answer.text
        assert answer.headers["Cache-Control"] == NEVER_KEPT
        assert "isAccessibleForFree" not in answer.text


def test_G4_public_page_may_be_kept_but_is_asked_for_again(site, client_at, section):
    article = ArticlePageFactory(parent=section)
    client = client_at(site)
    first = client.get(article.url)
    assert first.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert "Cookie" not in vary(first)
    again = client.get(article.url, headers={"if-none-match": first.headers["ETag"]})
    assert again.status_code == 304


def test_G4_public_page_is_the_same_for_everybody_and_reads_no_session(
    site, client, section, as_member, django_assert_num_queries
):
    article = ArticlePageFactory(parent=section)
    client.speak_to(site)
    anonymous = client.get(article.url)
    client.cookies[settings.SESSION_COOKIE_NAME] = GONE_SESSION
    assert client.get(article.url).content == anonymous.content
    answer = as_member(pro=True).get(article.url)
    assert answer.content == anonymous.content
    assert "Cookie" not in vary(answer)
    assert not answer.cookies


@pytest.mark.parametrize(
    "headers",
    [
        {"user-agent": "Googlebot/2.1 (+http://www.google.com/bot.html)"},
        {"referer": "https://www.google.com/"},
        {"x-requested-with": "XMLHttpRequest"},
        {"x-forwarded-for": "66.249.66.1"},
        {"accept": "application/json"},
        {"range": "bytes=0-"},
        {"authorization": "Basic cm9vdDpyb290"},
        {"cookie": "pro=1; access=full"},
        {"x-http-method-override": "PREVIEW"},
    ],
)
def test_G4_no_header_opens_a_gate(site, client_at, section, headers):
    article = ArticlePageFactory(parent=section, access="pro")
    answer = client_at(site).get(article.url, headers=headers)
    assert HIDDEN not in answer.text
    assert answer.headers["Cache-Control"] == NEVER_KEPT


@pytest.mark.parametrize(
    "query",
    [
        "?preview=1",
        "?access=public",
        "?is_preview=true&mode=pro",
        "?amp",
        "?print=1",
        "?format=json",
    ],
)
def test_G4_no_query_opens_a_gate(site, client_at, section, query):
    article = ArticlePageFactory(parent=section, access="pro")
    assert HIDDEN not in client_at(site).get(article.url + query).text


@pytest.mark.parametrize("method", ["get", "head", "post", "options", "put", "patch", "delete"])
def test_G4_no_method_opens_a_gate(site, client_at, section, method):
    article = ArticlePageFactory(parent=section, access="pro")
    answer = getattr(client_at(site), method)(article.url)
    assert HIDDEN not in answer.text


def test_structured_data_names_the_wall_exactly_where_one_stands(site, client, section, as_member):
    article = ArticlePageFactory(parent=section, access="pro")
    client.speak_to(site)
    walled = client.get(article.url).text
    assert '"isAccessibleForFree": false' in walled
    assert '"cssSelector": ".wall"' in walled
    assert re.search(r'<section class="wall[ "]', walled)
    assert "isAccessibleForFree" not in as_member(pro=True).get(article.url).text


def test_G2_page_that_a_wall_hands_to_templates_leads_to_nothing_hidden(section):
    article = ArticlePageFactory(parent=section, access="pro")
    assert article.specific is article  # which Wagtail keeps on the page
    seen = article.as_seen(article.teaser_blocks())
    for page in (seen, seen.specific, seen.specific_deferred):
        assert TEASER in str(page.body)
        assert HIDDEN not in str(page.body)
    assert HIDDEN not in str(seen.body.raw_data)


def test_G3_words_of_an_alias_are_forgotten_when_its_source_is_closed(site, client_at, section):
    article = ArticlePageFactory(parent=section, access="public", title="Closed")
    alias = article.create_alias(parent=section, update_slug="alias")
    client = client_at(site)
    assert alias.url in client.get("/search/", {"q": "heron"}).text
    article.access = "pro"
    article.save_revision().publish()
    assert alias.url not in client.get("/search/", {"q": "heron"}).text


# --- G1: where access comes from


def test_G1_new_page_starts_with_its_sections_default(site, client_at, section):
    SectionPage.objects.filter(pk=section.pk).update(default_access="pro")
    client = client_at(site)
    client.force_login(team_member(site, "editors"))
    form = client.get(f"/admin/pages/add/home/articlepage/{section.pk}/")
    assert form.status_code == 200
    assert form.context["form"]["access"].value() == "pro"


@pytest.mark.parametrize("access", Access.values)
def test_G1_moving_copying_aliasing_and_translating_keep_access(site, section, access):
    article = ArticlePageFactory(parent=section, access=access, public_after_days=3)
    elsewhere = site.root_page.add_child(
        instance=SectionPage(title="Else", slug="else", default_access="public")
    )
    copies = [
        article.copy(to=elsewhere, update_attrs={"slug": "copied"}, keep_live=True),
        article.copy(to=elsewhere, update_attrs={"slug": "draft"}, keep_live=False),
        article.create_alias(parent=elsewhere, update_slug="alias"),
    ]
    german = Locale.objects.create(language_code="de")
    copies.append(article.copy_for_translation(german, copy_parents=True))
    article.move(elsewhere, pos="last-child")
    copies.append(article)
    for page in ArticlePage.objects.filter(pk__in=[copied.pk for copied in copies]):
        assert page.access == access
        assert page.public_after_days == 3
        assert page.get_latest_revision_as_object().access == access


def test_G1_closing_an_article_closes_its_aliases(site, client_at, section):
    article = ArticlePageFactory(parent=section, access="public")
    alias = article.create_alias(parent=section, update_slug="alias")
    article.access = "pro"
    article.save_revision().publish()
    assert HIDDEN not in client_at(site).get(alias.url).text


def test_two_timed_gates_on_one_page_are_refused(section):
    article = ArticlePageFactory(parent=section, access="pro")
    article.public_until = timezone.now()
    article.public_after_days = 3
    with pytest.raises(Exception, match="Choose one"):
        article.full_clean()


# --- S2: queries


def test_S2_reading_a_gated_page_asks_once_for_the_person(
    section, shop, as_member, django_assert_max_num_queries
):
    article = ArticlePageFactory(parent=section, access="pro")
    client = as_member(pro=True)
    client.get(article.url)
    with django_assert_max_num_queries(14) as signed_in:
        client.get(article.url)
    of_person = [
        query["sql"]
        for query in signed_in.captured_queries
        if "membership_user" in query["sql"] or "django_session" in query["sql"]
    ]
    assert len(of_person) == 1
    client.logout()
    with django_assert_max_num_queries(14) as anonymous:
        client.get(article.url)
    assert not [q for q in anonymous.captured_queries if "membership_" in q["sql"]]


@pytest.mark.database
def test_G1_more_days_than_a_date_can_have_are_refused_in_words(section):
    article = ArticlePageFactory(parent=section, access="pro")
    article.public_after_days = 10**11
    with pytest.raises(ValidationError, match="less than or equal to 32767"):
        article.full_clean()
    article.public_after_days = 32767
    article.full_clean()
