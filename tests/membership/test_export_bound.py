"""A workbook is made in memory as a whole, so it has an end; a CSV has none."""

import pytest

from membership.models import TenantLogEntry
from tests.factories import MembershipFactory, team_member

LIST = "/admin/members/"


@pytest.fixture
def desk(client_at, site, monkeypatch):
    """The admin's browser at a tenant of three members, with a bound of two for a workbook."""
    monkeypatch.setattr("membership.admin.member_export.MOST_IN_A_WORKBOOK", 2)
    for name in ("ada", "bob", "carla"):
        MembershipFactory(site=site, user__email=f"{name}@example.com")
    client = client_at(site)
    client.force_login(team_member(site))
    return client


def test_a_workbook_of_too_many_is_refused_in_words_that_say_what_to_do(desk):
    answer = desk.get(LIST, {"export": "xlsx", "q": "example"}, follow=True)
    assert answer.redirect_chain == [(f"{LIST}?q=example", 302)]
    assert "more than 2 members" in answer.content.decode()
    assert "Download them as CSV" in answer.content.decode()
    assert not TenantLogEntry.objects.exists()


def test_a_narrowed_list_and_a_csv_of_all_are_given(desk):
    narrowed = desk.get(LIST, {"export": "xlsx", "q": "ada"})
    assert narrowed.headers["Content-Type"].startswith("application/vnd.openxmlformats")
    everyone = b"".join(desk.get(LIST, {"export": "csv"})).decode()
    assert len(everyone.splitlines()) == 4
