"""Rule G1: no way of publishing opens a page without a word."""

import datetime

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from home.admin.publish_warnings import opened_by
from home.models import ArticlePage
from home.tenants import create_tenant
from tests.factories import HIDDEN, ArticlePageFactory, UserFactory
from tests.isolation.walking import fields

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(db):
    return create_tenant(hostname="courier.localhost", name="The Courier", port=80).site


@pytest.fixture
def editor(site, client):
    """An editor's browser."""
    person = UserFactory(verified=True)
    person.groups.add(site.tenant.editors)
    client.speak_to(site)
    client.force_login(person)
    return client


@pytest.fixture
def closed(section):
    """An article that was open once, and is for Pro members now."""
    article = ArticlePageFactory(parent=section, title="The weir")
    article.access = "pro"
    article.save_revision().publish()
    return article


def said(response):
    return " ".join(response.text.split())


def form_of(response, **changes):
    from bs4 import BeautifulSoup

    form = BeautifulSoup(response.content, "html.parser").find(id="page-edit-form")
    return {**fields(form), "body-count": "0", **changes}


def revert_address(page):
    first = page.revisions.order_by("pk").first()
    return reverse("wagtailadmin_pages:revisions_revert", args=[page.pk, first.pk])


def test_G1_an_old_version_says_that_it_would_open_the_page(editor, closed):
    page = said(editor.get(revert_address(closed)))
    assert "This version is for: Everyone. The page is for: Pro members." in page


def test_G1_an_old_version_of_the_same_access_says_nothing(editor, closed):
    closed.revisions.order_by("pk").first().delete()
    assert "This version is for" not in said(editor.get(revert_address(closed)))


def test_G1_publishing_an_old_version_says_that_it_opened_the_page(editor, client_at, closed):
    address = revert_address(closed)
    form = form_of(editor.get(address), **{"action-publish": "1"})
    edit = reverse("wagtailadmin_pages:edit", args=[closed.pk])
    told = said(editor.post(edit, form, follow=True))
    assert ArticlePage.objects.get(pk=closed.pk).access == "public"
    assert "“The weir” was opened: now for Everyone, before for Pro members." in told


def test_G1_planning_to_open_a_page_says_so_and_happens_then(editor, closed):
    edit = reverse("wagtailadmin_pages:edit", args=[closed.pk])
    soon = timezone.localtime() + datetime.timedelta(days=2)
    changes = {
        "action-publish": "1",
        "access": "members",
        "go_live_at": soon.strftime("%Y-%m-%d %H:%M"),
    }
    told = said(editor.post(edit, form_of(editor.get(edit), **changes), follow=True))
    assert "“The weir” opens on" in told
    assert "then for Members, until then for Pro members." in told
    assert ArticlePage.objects.get(pk=closed.pk).access == "pro"


def test_G1_a_page_closed_after_it_was_planned_stays_closed_when_the_plan_comes_true(
    editor, client, section
):
    article = ArticlePageFactory(parent=section, title="The weir")
    article.go_live_at = timezone.now() + datetime.timedelta(hours=1)
    article.title = "The weir, as planned"
    article.save_revision().publish()
    bulk = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "set_access"])
    chosen = {"access": "pro", "include_descendants": "on"}
    editor.post(f"{bulk}?id={section.pk}", chosen)
    assert ArticlePage.objects.get(pk=article.pk).access == "pro"
    article.revisions.filter(approved_go_live_at__isnull=False).update(
        approved_go_live_at=timezone.now() - datetime.timedelta(minutes=1)
    )
    [revision] = article.revisions.filter(approved_go_live_at__isnull=False)
    revision.content["go_live_at"] = revision.approved_go_live_at.isoformat()
    revision.save()
    call_command("publish_scheduled")
    article = ArticlePage.objects.get(pk=article.pk)
    assert (article.title, article.access) == ("The weir, as planned", "pro")
    client.logout()
    assert HIDDEN not in client.get(article.url).text


def test_G1_publishing_many_drafts_names_each_that_opens(editor, closed, section):
    closed.access = "public"
    closed.save_revision()
    other = ArticlePageFactory(parent=section, title="The mill", access="pro")
    other.title = "The old mill"
    other.save_revision()
    bulk = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    both = f"{bulk}?id={closed.pk}&id={other.pk}&next=/admin/"
    told = said(editor.post(both, follow=True))
    assert "“The weir” was opened: now for Everyone" in told
    assert "mill” was opened" not in told


def test_G1_a_timed_gate_that_an_old_version_brings_back_is_told_of(editor, closed):
    first = closed.revisions.order_by("pk").first()
    first.content |= {"access": "pro", "public_after_days": 7}
    first.save()
    assert "Pro members, and for a time everyone" in said(editor.get(revert_address(closed)))


def test_G1_two_dates_that_contradict_each_other_open_nothing_in_words_either(editor, closed):
    first = closed.revisions.order_by("pk").first()
    first.content |= {"access": "members", "public_after_days": 0}
    first.content["public_until"] = (timezone.now() + datetime.timedelta(days=9)).isoformat()
    first.save()
    assert "This version is for: Members. The page is for" in said(
        editor.get(revert_address(closed))
    )


@pytest.mark.parametrize(
    ("before", "after", "opens"),
    [
        ({"public_until": -1}, {"public_until": 9}, True),
        ({"public_until": 5}, {"public_until": 9}, True),
        ({"public_until": 9}, {"public_until": 5}, False),
        ({"public_after_days": 30}, {"public_after_days": 7}, True),
        ({"public_after_days": 7}, {"public_after_days": 30}, False),
        ({"public_until": 5}, {"public_after_days": 30}, True),
        ({}, {"public_until": -1}, False),
        ({}, {"public_until": 9, "public_after_days": 0}, False),
    ],
)
def test_G1_a_date_that_opens_a_page_for_longer_or_sooner_is_told_of(closed, before, after, opens):
    for gates in (before, after):
        closed.public_until = closed.public_after_days = None
        for name, days in gates.items():
            moment = timezone.now() + datetime.timedelta(days=days)
            setattr(closed, name, moment if name == "public_until" else days)
        if gates is before:
            closed.save()
    assert (opened_by(closed) is not None) == opens
