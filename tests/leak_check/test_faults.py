"""The check is checked: each fault planted here must be found."""

from dataclasses import replace

import pytest
from django.http import HttpResponse
from django.test import override_settings
from django.urls import path
from wagtail import hooks

from home.leak_check.checking import check_routes
from home.leak_check.routes import DOCUMENTS
from home.models import ArticlePage
from home.models.mixins import Readable
from home.views import documents, feeds
from krate_site import urls as site_urls
from membership import access, paywall, readers
from membership.models import Membership
from membership.page_cache import middleware
from membership.states import CurrentStanding
from tests.factories import HIDDEN
from tests.leak_check.conftest import DRAFT

pytestmark = pytest.mark.django_db


def kinds(found):
    return {line.split(":")[0] for line in found}


def template_at(folder, name, text):
    """Return settings by which this template comes before the project's own."""
    from django.conf import settings

    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    first = {**settings.TEMPLATES[0], "DIRS": [folder, *settings.TEMPLATES[0]["DIRS"]]}
    return override_settings(TEMPLATES=[first])


def test_template_that_shows_the_body_is_found(findings, pages, tmp_path, monkeypatch):
    # The context of a wall has a page that ends there; this fault takes that away as well.
    monkeypatch.setattr(paywall.GatedPage, "as_seen", lambda page, blocks: page)
    with template_at(tmp_path, "membership/wall.html", "{{ page.body }}"):
        assert kinds(findings(pages["pro"], surface="page")) == {"leak"}


@pytest.mark.parametrize(
    "shown",
    [
        '<meta name="description" content="{text}">',
        "<!-- {text} -->",
        '<script type="application/ld+json">{{"articleBody": "\\u003cp\\u003e{text}"}}</script>',
        "<p>The heron <b>keeps</b> her <i>quiet</i> counsel.</p>",
        "&lt;p&gt;{text}&lt;/p&gt;",
    ],
)
def test_hidden_words_are_found_in_whatever_form(findings, pages, tmp_path, shown):
    with template_at(tmp_path, "membership/wall.html", shown.format(text=HIDDEN)):
        assert kinds(findings(pages["pro"], surface="page")) == {"leak"}


def test_decision_that_lets_every_reader_in_is_found(findings, pages, monkeypatch):
    monkeypatch.setattr(ArticlePage, "blocks_for", lambda page, decision: list(page.body))
    assert kinds(findings(pages["pro"], surface="page")) == {"leak"}


def test_member_who_reads_pro_is_found_and_named(findings, pages, monkeypatch):
    monkeypatch.setattr(Membership, "standing_at", lambda *_: CurrentStanding(is_pro=True))
    found = findings(pages["pro"], surface="page")
    assert any("as free member" in line for line in found)
    assert any("as ended member" in line for line in found)
    assert not any("as anonymous" in line for line in found)


@pytest.mark.parametrize("headers", [{"Cache-Control": "public, max-age=60"}, {"ETag": '"1"'}])
@pytest.mark.parametrize("kind", ["pro", "timed"])
def test_G4_public_cache_header_on_a_gated_page_is_found(findings, pages, headers, kind):
    def careless(serve_next):
        def serve(*args):
            response = serve_next(*args)
            for name, value in headers.items():
                response.headers[name] = value
            return response

        return serve

    with hooks.register_temporarily("on_serve_page", careless, order=-2000):
        assert kinds(findings(pages[kind], surface="page")) == {"cache"}


def test_feed_with_full_text_is_found(findings, pages, monkeypatch):
    monkeypatch.setattr(
        feeds, "printable", lambda text: f"{text} <p>{HIDDEN}</p>" if "kettle" in text else text
    )
    found = findings(pages["pro"], surface="feed/")
    assert {line.split(" as ")[0] for line in found} == {
        f"leak: GET courier.localhost{address}"
        for address in (
            "/feed/",
            "/feed/atom/",
            "/feed/section/world/",
            "/feed/section/world/atom/",
        )
    }


def test_search_index_that_knows_hidden_words_is_found(findings, pages, monkeypatch):
    monkeypatch.setattr(Readable, "always_open_blocks", lambda page: list(page.body))
    page = pages["members"]
    page.save()
    assert kinds(findings(page, surface="search")) == {"oracle"}


def test_document_that_opens_for_everybody_is_found(findings, pages, monkeypatch):
    monkeypatch.setattr(documents, "opens_for", lambda *args: True)
    found = findings(pages["files"], surface=DOCUMENTS)
    assert kinds(found) == {"leak"}
    assert any("/documents/" in line and "as anonymous" in line for line in found)


def test_draft_that_is_served_is_found(findings, pages):
    def careless(serve_next):
        return lambda *args: HttpResponse(DRAFT)

    with hooks.register_temporarily("on_serve_page", careless):
        assert "leak" in kinds(findings(pages["pro"], surface="page"))


# --- The team


@pytest.mark.parametrize(
    ("mistaken_for", "met"),
    [
        ({}, "as anonymous: shows “"),
        ({"current": CurrentStanding()}, "as free member: shows “"),
        ({"current": CurrentStanding(is_pro=True)}, "shows the page that was made for the team"),
    ],
)
def test_G4_teams_page_in_the_cache_of_others_is_found(
    findings, pages, monkeypatch, mistaken_for, met
):
    def careless(decision, reader):
        if reader.is_team:
            reader = replace(reader, is_team=False, **mistaken_for)
            decision = access.decide(pages["pro"], reader)
        return access.finished_page(decision, reader)

    for module in (paywall, middleware):
        monkeypatch.setattr(module, "finished_page", careless)
    found = findings(pages["pro"], surface="page")
    assert "leak" in kinds(found)
    assert any(met in line for line in found)
    assert not any("leak" in line and "as editor of this tenant" in line for line in found)


def test_G4_team_that_is_answered_out_of_the_cache_is_found(findings, pages, monkeypatch):
    def careless(_decision, reader):
        reader = replace(reader, is_team=False, current=CurrentStanding(is_pro=True))
        return access.finished_page(access.decide(pages["pro"], reader), reader)

    # It puts nothing in, but takes out what is there.
    monkeypatch.setattr(middleware, "finished_page", careless)
    found = findings(pages["pro"], surface="page")
    assert any("as editor of this tenant: is a page that was made for somebody" in f for f in found)


def test_G4_teams_page_that_caches_may_keep_is_found(findings, pages):
    def careless(serve_next):
        def serve(*args):
            response = serve_next(*args)
            if "team-note" in response.rendered_content:
                response.headers["Cache-Control"] = "private, max-age=60"
            return response

        return serve

    with hooks.register_temporarily("on_serve_page", careless, order=-2000):
        found = findings(pages["pro"], surface="page")
    assert kinds(found) == {"cache"}
    assert all("as editor of this tenant" in line for line in found)


def test_page_that_its_own_team_cannot_read_is_called_blind(findings, pages, monkeypatch):
    monkeypatch.setattr(readers, "is_on_team", lambda request: False)
    found = findings(pages["pro"], surface="page")
    assert kinds(found) == {"blind"}
    assert all("as editor of this tenant" in line for line in found)


def test_T4_editor_who_reads_another_tenants_pages_is_found(findings, pages, monkeypatch):
    monkeypatch.setattr(readers, "is_on_team", lambda request: request.user.groups.exists())
    found = findings(pages["pro"], surface="page")
    assert any("as editor of another tenant" in line for line in found if "leak" in line)
    assert not any("as anonymous" in line for line in found)


def test_document_of_the_teams_that_caches_may_keep_is_found(findings, pages, monkeypatch):
    monkeypatch.setattr(documents, "keep_from_caches", documents.let_caches_revalidate)
    found = findings(pages["files"], surface=DOCUMENTS)
    assert "cache" in kinds(found)
    assert any("as editor of this tenant" in line for line in found)


def test_page_that_even_pro_members_cannot_read_is_called_blind(findings, pages, monkeypatch):
    monkeypatch.setattr(ArticlePage, "blocks_for", lambda page, decision: [])
    assert kinds(findings(pages["pro"], surface="page")) == {"blind"}


class urls_with_a_new_route:  # noqa: N801 - stands in for a module
    urlpatterns = [path("export/", lambda request: HttpResponse()), *site_urls.urlpatterns]


@override_settings(ROOT_URLCONF=urls_with_a_new_route)
def test_new_route_in_neither_list_is_found():
    assert [finding.asked for finding in check_routes()] == ["export/"]


class urls_with_a_new_door:  # noqa: N801
    urlpatterns = [
        path("admin/peek/<int:pk>/", lambda request, pk: HttpResponse(f"<p>{HIDDEN}</p>")),
        *site_urls.urlpatterns,
    ]


@override_settings(ROOT_URLCONF=urls_with_a_new_door)
def test_new_admin_view_that_shows_a_body_is_found(findings, pages):
    found = findings(pages["pro"], quick=False, surface="admin/peek")
    assert kinds(found) == {"leak"}
    assert all("/admin/peek/" in line for line in found)
