"""The editor's side panel says what looks wrong about whom a page is for."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from home import page_checks
from home.models import ArticlePage
from tests.factories import ArticlePageFactory, SectionPageFactory, body_of, team_member

pytestmark = pytest.mark.django_db
TEXT = ("paragraph", "<p>The kettle sings.</p>")
DIVIDER = ("paywall", None)
YESTERDAY, TOMORROW = (timezone.now() + timedelta(days=days) for days in (-1, 1))


@pytest.mark.parametrize(
    ("fields", "blocks", "wrong"),
    [
        ({"access": "public"}, [TEXT], []),
        ({"access": "public"}, [TEXT, DIVIDER, TEXT], [page_checks.IDLE_DIVIDER]),
        ({"access": "public", "public_after_days": 7}, [TEXT], [page_checks.IDLE_DATES]),
        ({"access": "public", "public_after_days": 0}, [TEXT], [page_checks.IDLE_DATES]),
        ({"access": "pro"}, [TEXT, DIVIDER, TEXT], []),
        ({"access": "members"}, [TEXT, DIVIDER, TEXT], []),
        ({"access": "pro"}, [TEXT], [page_checks.BARE]),
        ({"access": "members"}, [DIVIDER, TEXT], [page_checks.BARE]),
        ({"access": "pro", "introduction": "Why it sings."}, [TEXT], []),
        ({"access": "pro"}, [TEXT, DIVIDER], [page_checks.NOTHING_BELOW]),
        ({"access": "pro", "public_until": TOMORROW}, [TEXT, DIVIDER, TEXT], []),
        ({"access": "pro", "public_until": YESTERDAY}, [TEXT, DIVIDER, TEXT],
         [page_checks.TIME_IS_OVER]),
        # Both contradict each other: it was never open.
        ({"access": "pro", "public_until": YESTERDAY, "public_after_days": 0},
         [TEXT, DIVIDER, TEXT], []),
    ],
)  # fmt: skip
def test_what_looks_wrong_is_said(fields, blocks, wrong):
    page = ArticlePage(title="Kettle", body=body_of(*blocks), **fields)
    assert page_checks.findings(page) == wrong


@pytest.fixture
def editor(site, client):
    client.speak_to(site)
    client.force_login(team_member(site, "editors"))
    return client


def test_the_side_panel_of_a_page_names_it(site, editor):
    section = SectionPageFactory(parent=site.root_page)
    bare = ArticlePageFactory(
        parent=section, access="pro", introduction="", body=body_of(("paragraph", "<p>All.</p>"))
    )
    fine = ArticlePageFactory(parent=section, access="pro")
    edit = "wagtailadmin_pages:edit"
    page = editor.get(reverse(edit, args=[bare.pk])).text
    panel = page[page.index("data-access-finding") :][:600]
    assert "nothing but its title" in panel
    assert "data-access-finding" not in editor.get(reverse(edit, args=[fine.pk])).text


def test_wagtails_own_checks_stay_in_the_panel(site, editor):
    section = SectionPageFactory(parent=site.root_page)
    fine = ArticlePageFactory(parent=section)
    page = editor.get(reverse("wagtailadmin_pages:edit", args=[fine.pk])).text
    assert "data-checks-panel" in page
    assert "data-content-word-count" in page


def test_a_section_has_no_such_checks(site, editor):
    section = SectionPageFactory(parent=site.root_page)
    page = editor.get(reverse("wagtailadmin_pages:edit", args=[section.pk])).text
    assert "data-checks-panel" in page
    assert "data-access-finding" not in page
