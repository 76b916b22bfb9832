"""Rule T4: one key of the other tenant's among own ones, as in an own page with his revision."""

from dataclasses import replace

import pytest

from tests.isolation.routes import PARAMETER, addresses, all_routes

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(600)]


def mixed(route, own, other):
    """Return the route's addresses with own keys, but for one, which is the other tenant's."""
    plain = addresses(route, own)
    found = set()
    for name, key in other.keys.items():
        keys = {**own.keys, name: key}
        found |= set(addresses(route, replace(own, keys=keys)))
    return sorted(found - set(plain) - set(addresses(route, other)))


def has_several_keys(route):
    return len(PARAMETER.findall(route.text.replace("(?P<", "<"))) > 1


def test_T4_no_key_of_another_tenant_among_own_ones_shows_or_changes_anything(walk):
    routes = [route for route in all_routes() if has_several_keys(route)]
    addressed = {route.name: mixed(route, walk.own, walk.other) for route in routes}
    assert sum(map(len, addressed.values())) > 15
    people = {"admin": walk.own.people["admin"]}
    for route in routes:
        walk.ask_all(route, addressed[route.name], people)
    assert [str(finding) for finding in walk.findings] == []
