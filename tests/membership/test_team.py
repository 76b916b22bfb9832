"""The team: invited, mailed again, withdrawn, removed, given another role; and all of it noted."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.utils import timezone

from membership.models import Invitation, Membership, TenantLogEntry, User
from tests.clients import TenantClient
from tests.factories import SiteFactory, UserFactory, team_member

TEAM = "/admin/team/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def ann(site):
    return team_member(site, email="ann@courier.example")


@pytest.fixture
def desk(client_at, site, ann):
    """The browser of Ann, an admin."""
    client = client_at(site)
    client.force_login(ann)
    return client


def invite(desk, email="bob@example.com", role="editors"):
    return desk.post(TEAM, {"email": email, "role": role}, follow=True)


def said(response):
    return [str(message) for message in response.context["messages"]]


def noted(site):
    entries = TenantLogEntry.objects.filter(site=site).order_by("pk")
    return [(entry.action, entry.label, entry.user.email) for entry in entries]


def groups(email):
    return set(User.objects.get(email=email).groups.values_list("name", flat=True))


def test_a_stranger_is_invited_by_mail_and_joins_by_signing_in(
    desk, site, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        page = invite(desk)
    assert "An invitation is on its way to bob@example.com." in said(page)
    [message] = mail.outbox
    assert message.to == ["bob@example.com"]
    assert "bob@example.com" in page.content.decode()
    assert "not signed in yet" in page.content.decode()
    bob = User.objects.get(email="bob@example.com")
    assert groups(bob.email) == {site.tenant.editors.name}
    assert not Membership.objects.filter(user=bob).exists()
    bob.set_password("correct horse battery")
    bob.save()
    browser = TenantClient()
    browser.speak_to(site)
    browser.post("/accounts/login/", {"login": bob.email, "password": "correct horse battery"})
    assert browser.get("/admin/").status_code == 200
    assert not Invitation.objects.exists()
    assert "not signed in yet" not in desk.get(TEAM).content.decode()
    assert noted(site) == [("team.invite", "bob@example.com", "ann@courier.example")]


def test_an_account_of_another_tenants_is_invited_alike_and_its_name_stays_unknown(desk, site):
    UserFactory(email="bob@example.com", first_name="Bob", last_name="Elsewhere", verified=True)
    known, unknown = invite(desk), invite(desk, "carol@example.com")
    assert "Elsewhere" not in known.content.decode()
    bob, carol = (
        said(page)[0].replace(name, "…")
        for page, name in ((known, "bob@example.com"), (unknown, "carol@example.com"))
    )
    assert bob == carol


@pytest.mark.parametrize("role", ["admins", "editors"])
def test_only_the_tenants_own_two_groups_are_given(desk, site, role):
    invite(desk, role=role)
    bob = User.objects.get(email="bob@example.com")
    assert list(bob.groups.all()) == [getattr(site.tenant, role)]
    assert not bob.is_superuser
    assert not bob.is_staff


@pytest.mark.parametrize("role", ["superusers", "Moderators", "1", ""])
def test_no_other_role_can_be_sent(desk, role):
    assert invite(desk, role=role).status_code == 422
    assert not User.objects.filter(email="bob@example.com").exists()


@pytest.mark.parametrize("kind", ["superuser", "locked"])
def test_superusers_and_locked_accounts_are_refused_in_the_same_words(desk, kind):
    person = UserFactory(email="bob@example.com", is_superuser=kind == "superuser")
    person.is_active = kind != "locked"
    person.set_password("before")
    person.save()
    page = invite(desk)
    assert "bob@example.com can&#x27;t be invited" in page.content.decode()
    person.refresh_from_db()
    assert not person.groups.exists()
    assert person.check_password("before")


def test_an_address_that_is_proven_as_somebody_elses_is_not_invited(desk):
    """Nobody could ever sign in by it: the account whose address it is can't prove it."""
    bob = UserFactory(email="bob@example.com", password="before")
    carol = UserFactory(email="carol@example.com", verified=True)
    EmailAddress.objects.create(user=carol, email=bob.email, verified=True)
    page = invite(desk)
    assert "bob@example.com can&#x27;t be invited" in page.content.decode()
    bob.refresh_from_db()
    assert not bob.groups.exists()
    assert bob.check_password("before")


def test_whoever_is_in_the_team_is_not_invited_twice(desk, site):
    team_member(site, "editors", email="bob@example.com")
    page = invite(desk, role="admins").content.decode()
    assert "is in the team already, as: Editor" in page
    assert groups("bob@example.com") == {site.tenant.editors.name}


def test_an_invitation_is_mailed_again_but_not_at_once(
    desk, site, django_capture_on_commit_callbacks
):
    invite(desk)
    address = f"{TEAM}{User.objects.get(email='bob@example.com').pk}/mail/"
    assert "a moment ago" in said(desk.post(address, follow=True))[-1]
    Invitation.objects.update(mailed_at=timezone.now() - timedelta(hours=1))
    with django_capture_on_commit_callbacks(execute=True):
        desk.post(address)
    assert [message.to for message in mail.outbox] == [["bob@example.com"]]
    assert noted(site)[-1][0] == "team.mail_again"


def test_a_withdrawn_invitation_leaves_no_account_behind(desk, site):
    invite(desk, "bbo@example.com")
    bbo = User.objects.get(email="bbo@example.com")
    page = desk.get(f"{TEAM}{bbo.pk}/remove/").content.decode()
    assert "is withdrawn" in page
    desk.post(f"{TEAM}{bbo.pk}/remove/")
    assert not User.objects.filter(email="bbo@example.com").exists()
    assert noted(site)[-1] == ("team.withdraw", "bbo@example.com", "ann@courier.example")


def test_a_withdrawn_invitation_keeps_an_account_that_is_used_elsewhere(desk):
    bob = UserFactory(email="bob@example.com", verified=True)
    Membership.objects.create(site=SiteFactory(), user=bob)
    invite(desk)
    desk.post(f"{TEAM}{bob.pk}/remove/")
    assert not User.objects.get(email="bob@example.com").groups.exists()


def test_who_is_removed_has_no_admin_from_then_on_and_stays_a_member(desk, site):
    bob = team_member(site, "editors", email="bob@example.com")
    Membership.objects.create(site=site, user=bob)
    browser = TenantClient()
    browser.speak_to(site)
    browser.force_login(bob)
    assert browser.get("/admin/").status_code == 200
    desk.post(f"{TEAM}{bob.pk}/remove/")
    assert browser.get("/admin/").status_code == 302
    assert Membership.objects.filter(site=site, user=bob).exists()
    assert noted(site) == [("team.remove", "bob@example.com", "ann@courier.example")]


@pytest.mark.parametrize("deed", ["remove/", "role/"])
def test_the_last_admin_stays(desk, site, ann, deed):
    team_member(site, "editors")
    answer = desk.post(f"{TEAM}{ann.pk}/{deed}", {"role": "editors"}, follow=True)
    assert "is the last admin" in said(answer)[-1]
    assert groups(ann.email) == {site.tenant.admins.name}


def test_an_admin_who_never_signed_in_is_nobody_to_leave_the_tenant_to(desk, ann):
    invite(desk, role="admins")
    assert "is the last admin" in said(desk.post(f"{TEAM}{ann.pk}/remove/", follow=True))[-1]


def test_one_is_warned_before_one_removes_oneself(desk, site, ann):
    team_member(site, email="second@courier.example")
    assert "This is you." in desk.get(f"{TEAM}{ann.pk}/remove/").content.decode()
    assert desk.post(f"{TEAM}{ann.pk}/remove/").headers["Location"] == "/account/"
    assert desk.get("/admin/").status_code == 302


def test_a_role_is_changed_and_noted(desk, site):
    bob = team_member(site, "editors", email="bob@example.com")
    desk.post(f"{TEAM}{bob.pk}/role/", {"role": "admins"})
    assert groups(bob.email) == {site.tenant.admins.name}
    desk.post(f"{TEAM}{bob.pk}/role/", {"role": "editors"})
    assert groups(bob.email) == {site.tenant.editors.name}
    assert [action for action, *_ in noted(site)] == ["team.change_role"] * 2


def test_a_superuser_in_the_team_is_the_platforms_to_remove(desk, site):
    root = team_member(site, email="root@example.com", is_superuser=True)
    answer = desk.post(f"{TEAM}{root.pk}/remove/", follow=True)
    assert "belongs to the platform" in said(answer)[-1]
    assert groups(root.email) == {site.tenant.admins.name}


@pytest.mark.parametrize("deed", ["mail/", "role/", "remove/"])
def test_T4_people_of_another_team_and_plain_members_are_not_found(desk, site, deed):
    other = SiteFactory()
    stranger = team_member(other, email="eve@gazette.example")
    member = UserFactory()
    Membership.objects.create(site=site, user=member)
    for person in (stranger, member):
        assert desk.post(f"{TEAM}{person.pk}/{deed}", {"role": "admins"}).status_code == 404
    assert groups(stranger.email) == {other.tenant.admins.name}
    assert not member.groups.exists()
    assert "eve@gazette.example" not in desk.get(TEAM).content.decode()


def test_T4_who_works_for_two_tenants_loses_one_only(desk, site):
    other = SiteFactory()
    both = team_member(site, "editors")
    both.groups.add(team_member(other).groups.get())
    desk.post(f"{TEAM}{both.pk}/remove/")
    assert groups(both.email) == {other.tenant.admins.name}


@pytest.mark.parametrize("path", ["", "{pk}/mail/", "{pk}/role/", "{pk}/remove/"])
def test_editors_and_members_change_no_team(client_at, site, ann, path):
    client = client_at(site)
    address = TEAM + path.format(pk=ann.pk)
    member = UserFactory()
    Membership.objects.create(site=site, user=member)
    for user in (team_member(site, "editors"), member):
        client.force_login(user)
        for answer in (client.get(address), client.post(address, {"role": "editors"})):
            assert answer.status_code in (302, 405)
    assert "/admin/team/" not in client.get("/admin/", follow=True).content.decode()
    assert groups(ann.email) == {site.tenant.admins.name}
