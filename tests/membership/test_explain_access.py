"""`manage.py explain_access` says what the member himself is told (rule G5)."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.factories import ArticlePageFactory, SiteFactory, UserFactory, team_member

pytestmark = pytest.mark.django_db


def explain(**options):
    out = StringIO()
    call_command("explain_access", stdout=out, **options)
    return out.getvalue()


def test_operator_reads_standing_and_reason(site, member):
    paying = member(
        pro=True,
        reason_code="subscription_active",
        reason_params={"subscription": "sub_123", "until": "2027-05-03T00:00:00+00:00"},
    )
    said = explain(tenant=site.hostname, user=paying.user.email)
    assert "Pro" in said
    assert "Reason: Pro until 3 May 2027 through subscription sub_123" in said
    assert "Pro until: 2" in said


@pytest.mark.parametrize("whole", [True, False])
def test_operator_asks_for_one_page(site, member, section, whole):
    article = ArticlePageFactory(parent=section, access="pro", slug="kettle")
    url = article.full_url if whole else article.url
    said = explain(tenant=site.hostname, user=member().user.email, page=url)
    assert "gets: Wall" in said
    assert "No Pro subscription." in said
    said = explain(tenant=site.hostname, user=member(pro=True).user.email, page=url)
    assert "may read it" in said


def test_somebody_without_membership_is_named_as_such(site, section):
    UserFactory(email="eve@example.com")
    assert "is no member" in explain(tenant=site.hostname, user="EVE@example.com")


def test_G5_team_is_told_apart_at_its_own_tenant_only(site, section):
    page = ArticlePageFactory(parent=section, access="pro", slug="kettle").url
    editor, gone = team_member(site, "editors"), team_member(site, "editors", is_active=False)
    said = explain(tenant=site.hostname, user=editor.email, page=page)
    assert "On the team of courier.localhost" in said
    assert "(pro): may read it" in said
    assert "Reason: Open to the team, who read every page of their own site." in said
    for stranger in (gone, team_member(SiteFactory(hostname="gazette.localhost"))):
        said = explain(tenant=site.hostname, user=stranger.email, page=page)
        assert "team" not in said
        assert "gets: Wall" in said


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"tenant": "nobody.example", "user": "eve@example.com"}, "No tenant has the host"),
        ({"tenant": "courier.localhost", "user": "bob@example.com"}, "Nobody has the address"),
        (
            {"tenant": "courier.localhost", "user": "eve@example.com", "page": "/no/such/"},
            "no published page",
        ),
    ],
)
def test_what_isnt_there_is_said_plainly(site, options, complaint):
    UserFactory(email="eve@example.com")
    with pytest.raises(CommandError, match=complaint):
        explain(**options)
