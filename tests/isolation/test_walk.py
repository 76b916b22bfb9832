"""Rule T4, by walking: nothing of one tenant is readable or writable at another's host.

`make test` walks as an admin, who may most, and as a stranger to all that he may not; the whole
walk, with every role, every query and every key, is marked `long`.
"""

from dataclasses import replace

import pytest
from django.http import HttpResponse
from django.urls import include, path
from wagtail.models import Page

from home.models import ArticlePage
from krate_site.tenancy.admin_access import scoped_to_tenant
from krate_site.tenancy.admin_views import OPEN_VIEWS
from membership.models import User
from tests.isolation.routes import UnknownParameterError, addresses, all_routes

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(3000)]

QUERIES = ("words", "keys", "filters", "all", "export")
# Open doors that answer nothing by themselves: the first asks for a block, and of the other two
# Wagtail's own way is to be asked by JavaScript for what was just uploaded.
NEEDS_MORE = {
    "wagtailadmin_block_preview",
    "wagtaildocs:create_multiple_from_uploaded_document",
    "wagtaildocs:delete_upload_multiple",
}


def admins_routes():
    return [route for route in all_routes() if route.text.startswith("admin/")]


def is_open(route):
    return route.name in OPEN_VIEWS or route.is_ours


def test_T4_the_admin_shows_and_changes_nothing_of_another_tenants(walk):
    """The doors that are open to a team, with own keys and with the other tenant's."""
    routes = [route for route in admins_routes() if is_open(route)]
    people = {"admin": walk.own.people["admin"]}
    assert walk.go(routes, people, queries=("words", "all")) == []
    closed = {name for (_role, name), codes in walk.statuses.items() if codes <= {403, 404, 405}}
    assert closed - NEEDS_MORE == set(), "these open doors don't open with own keys"


def test_T4_every_other_door_of_the_admin_is_closed_to_a_team(walk):
    routes = [route for route in admins_routes() if not is_open(route)]
    people = {"admin": walk.own.people["admin"]}
    assert walk.go(routes, people, queries=("plain",), methods=("GET",)) == []
    answered = {name: codes for (_role, name), codes in walk.statuses.items() if 200 in codes}
    assert answered == {}


def test_T4_the_public_site_shows_nothing_of_another_tenants(walk):
    routes = [route for route in all_routes() if not route.text.startswith("admin/")]
    people = {"anonymous": None, "member": walk.own.people["member"]}
    assert walk.go(routes, people, queries=("words",), methods=("GET",)) == []


@pytest.mark.long
@pytest.mark.parametrize("role", ["anonymous", "member", "editor", "admin", "stranger"])
def test_T4_nobody_reads_or_writes_anything_of_another_tenants(walk, role):
    """Every route, every query, every form; the stranger is the other tenant's own admin."""
    people = {"anonymous": None, "stranger": walk.other.people["admin"], **walk.own.people}
    assert walk.go(routes_for(role), {role: people[role]}, queries=QUERIES) == []


def routes_for(role):
    """A stranger is shown his own name and address where he looks at himself."""
    himself = ("account/", "accounts/", "pro/")
    routes = all_routes()
    return [r for r in routes if role != "stranger" or not r.text.startswith(himself)]


@pytest.mark.long
def test_T4_the_root_of_all_tenants_shows_and_changes_nothing(walk):
    root = Page.objects.get(depth=1).pk
    keys = {**walk.own.keys, "page": root, "section": root, "draft": root, "standing page": root}
    walk.own = replace(walk.own, keys=keys)
    routes = [route for route in admins_routes() if is_open(route)]
    assert walk.go(routes, {"admin": walk.own.people["admin"]}, queries=("plain", "words")) == []


@pytest.mark.long
def test_T4_views_of_ours_show_the_platforms_administrator_the_hosts_tenant_alone(walk):
    root = User.objects.create_superuser("root@platform.example.com")
    routes = [r for r in all_routes() if r.is_ours or not r.text.startswith("admin/")]
    assert walk.go(routes, {"superuser": root}, queries=QUERIES) == []


# --- The walk itself -----------------------------------------------------------------------


@scoped_to_tenant
def leaks(request, page_id):
    return HttpResponse(Page.objects.get(pk=page_id).title)


@scoped_to_tenant
def overwrites(request, page_id):
    if request.method == "POST":
        ArticlePage.objects.filter(pk=page_id).update(introduction="mine now")
    return HttpResponse("done")


def unsure(request, gizmo):
    return HttpResponse("?")


urlpatterns = [
    path("leaky/<int:page_id>/", leaks, name="leaks"),
    path("greedy/<int:page_id>/", overwrites, name="overwrites"),
    path("odd/<int:gizmo>/", unsure, name="unsure"),
    path("", include("krate_site.urls")),
]


def planted_route(name):
    [route] = [route for route in all_routes(__name__) if route.name == name]
    return route


@pytest.mark.urls(__name__)
def test_the_walk_catches_a_view_that_shows_any_tenants_page(walk):
    [finding, *_more] = walk.go([planted_route("leaks")], {"admin": walk.own.people["admin"]})
    assert finding.startswith("shows: admin GET /leaky/")


@pytest.mark.urls(__name__)
def test_the_walk_catches_a_view_that_changes_any_tenants_page(walk):
    [finding, *_more] = walk.go([planted_route("overwrites")], {"admin": walk.own.people["admin"]})
    assert finding.startswith("changes: admin POST /greedy/")


def test_a_route_that_the_walk_has_no_keys_for_fails_it(walk):
    with pytest.raises(UnknownParameterError, match="gizmo"):
        addresses(planted_route("unsure"), walk.own)


def test_every_route_has_keys(walk):
    for route in all_routes():
        assert addresses(route, walk.own)
