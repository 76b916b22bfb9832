"""The log of changes: who changed settings, access, complimentary grants and team; its own tenant's only."""

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.utils import timezone

from krate_site.tenancy.models import Publication
from membership.models import TenantLogEntry, User
from tests.factories import (
    ArticlePageFactory,
    MembershipFactory,
    SectionPageFactory,
    SiteFactory,
    UserFactory,
    team_member,
)

LOG = "/admin/changes/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client_at, site):
    client = client_at(site)
    client.force_login(team_member(site, email="ann@courier.example"))
    return client


def text(response):
    return " ".join(response.content.decode().split())


def edit_publication(desk, site):
    publication = Publication.for_site(site)
    form = {"name": "The Courier", "tagline": "Daily", "language": "en", "accent_color": "#9b1c31"}
    answer = desk.post(f"/admin/settings/tenancy/publication/{publication.site_id}/", form)
    assert answer.status_code == 302


def test_settings_complimentary_grants_and_team_are_noted_with_who(desk, site):
    member = MembershipFactory(site=site, user__email="fred@example.com")
    edit_publication(desk, site)
    given = {"until": timezone.localdate(), "note": "a prize"}
    desk.post(f"/admin/members/{member.pk}/complimentary/", given)
    desk.post("/admin/team/", {"email": "bob@example.com", "role": "editors"})
    page = text(desk.get(LOG))
    assert page.count("ann@courier.example") >= 3
    for words in ("Edited", "a prize", "fred@example.com", "Invited to the team, as: Editor"):
        assert words in page


@pytest.mark.database
def test_who_may_read_is_noted_whichever_way_it_changes(desk, site, section):
    article = ArticlePageFactory(parent=section, title="The weir", access="pro")
    TenantLogEntry.objects.all().delete()
    article.access = "public"
    article.save_revision(user=User.objects.get(email="ann@courier.example")).publish()
    desk.post(
        f"/admin/bulk/home/articlepage/set_access/?id={article.pk}&childOf={section.pk}",
        {"access": "members"},
    )
    desk.post(
        f"/admin/bulk/wagtailcore/page/set_access/?id={article.pk}&childOf={section.pk}",
        {"access": "members"},
    )
    page = text(desk.get(LOG))
    assert "Who may read: Everyone (before: Pro members)" in page
    assert "Who may read: Members (before: Everyone)" in page
    assert "The weir" in page
    last = TenantLogEntry.objects.first()
    assert last.user.email == "ann@courier.example"


def test_a_draft_that_is_not_published_changes_nothing(desk, section):
    article = ArticlePageFactory(parent=section, access="pro")
    article.access = "public"
    article.title = "Another title"
    article.save_revision()
    assert not TenantLogEntry.objects.exists()


def test_who_may_read_is_noted_at_a_tenant_that_another_process_made(
    site, section, known_before_the_tenant_was_made
):
    article = ArticlePageFactory(parent=section, access="pro")
    known_before_the_tenant_was_made()
    article.access = "public"
    article.save_revision().publish()
    [noted] = TenantLogEntry.objects.filter(site=site)
    assert noted.data["access"] == {"old": "pro", "new": "public"}


def test_T4_the_log_is_the_tenants_own(desk, site, section):
    other = SiteFactory()
    eve = team_member(other, email="eve@gazette.example")
    section = SectionPageFactory(parent=other.root_page)
    article = ArticlePageFactory(parent=section, title="Theirs", access="pro")
    article.access = "public"
    article.save_revision(user=eve).publish(user=eve)
    TenantLogEntry.objects.log_action(eve, "team.invite", site=other, user=eve, data={})
    assert TenantLogEntry.objects.filter(site=other).count() == 2
    for query in ("", f"?user={eve.pk}", "?action=team.invite"):
        page = text(desk.get(LOG + query))
        assert "eve@" not in page
        assert "Theirs" not in page


def test_the_log_is_narrowed_by_what_and_who(desk, site):
    edit_publication(desk, site)
    desk.post("/admin/team/", {"email": "bob@example.com", "role": "editors"})
    ann = User.objects.get(email="ann@courier.example")
    rows = desk.get(LOG, {"action": "team.invite", "user": ann.pk}).context["object_list"]
    assert [row.label for row in rows] == ["bob@example.com"]


def test_editors_see_no_log(client_at, site):
    client = client_at(site)
    client.force_login(team_member(site, "editors"))
    assert client.get(LOG).status_code == 302
    assert LOG not in client.get("/admin/").content.decode()


def test_the_log_can_not_be_written(desk, site):
    edit_publication(desk, site)
    entry = TenantLogEntry.objects.get()
    for path in (f"{LOG}edit/{entry.pk}/", f"{LOG}delete/{entry.pk}/", f"{LOG}new/"):
        assert desk.post(path).status_code == 404


@pytest.fixture
def section(site):
    return SectionPageFactory(parent=site.root_page, title="World", slug="world")


def user_form(user, **changes):
    return {
        "email": user.email,
        "first_name": "Ada",
        "last_name": "B",
        "is_active": "on",
        **changes,
    }


def test_a_superusers_change_of_an_address_reaches_the_sign_in(client_at, site):
    client = client_at(site)
    client.force_login(User.objects.create_superuser("root@example.com"))
    person = UserFactory(email="before@example.com", verified=True)
    EmailAddress.objects.create(user=person, email="second@example.com", verified=True)
    form = user_form(person, email="after@example.com")
    assert client.post(f"/admin/users/edit/{person.pk}/", form).status_code == 302
    [address] = EmailAddress.objects.filter(user=person)
    assert (address.email, address.verified, address.primary) == ("after@example.com", True, True)
    [told] = mail.outbox
    assert told.to == ["before@example.com"]


def test_an_address_that_nobody_proved_stays_to_be_proven(client_at, site):
    client = client_at(site)
    client.force_login(User.objects.create_superuser("root@example.com"))
    person = UserFactory(email="before@example.com")
    EmailAddress.objects.create(user=person, email=person.email, primary=True, verified=False)
    client.post(f"/admin/users/edit/{person.pk}/", user_form(person, email="after@example.com"))
    [address] = EmailAddress.objects.filter(user=person)
    assert (address.email, address.verified) == ("after@example.com", False)


def test_a_superusers_other_changes_leave_addresses_alone(client_at, site):
    client = client_at(site)
    client.force_login(User.objects.create_superuser("root@example.com"))
    person = UserFactory(email="before@example.com", verified=True)
    client.post(f"/admin/users/edit/{person.pk}/", user_form(person, first_name="Eve"))
    assert EmailAddress.objects.get(user=person).email == "before@example.com"
    assert mail.outbox == []


def test_a_new_tenants_log_says_what_will_stand_there(desk):
    assert "Nothing was changed yet." in text(desk.get(LOG))
    assert "Nothing was changed yet." not in text(desk.get(f"{LOG}?action=team.remove"))
