"""A day at work, clicked: an admin gives access and invites, an editor closes pages by the explorer's bar."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from home.models import ArticlePage
from membership.models import Membership
from tests.browser.conftest import listen
from tests.browser.looking import DESK, Looker
from tests.factories import UserFactory, team_member

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]


@pytest.fixture
def desk_of(chromium, tenants):
    """Return a function that gives somebody of a team his browser; what it logs fails the test."""
    contexts, complaints = [], []

    def desk_of(group):
        site = tenants["courier"].site
        contexts.append(chromium.new_context(viewport=DESK, reduced_motion="reduce"))
        looker = Looker(contexts[-1], site, team_member(site, group, email=f"{group}@c.example"))
        listen(looker.page, complaints)
        return looker

    yield desk_of
    for context in contexts:
        context.close()
    assert complaints == []


def test_an_admin_gives_and_takes_complimentary_access_and_invites(desk_of, tenants):
    member = Membership.objects.create(
        site=tenants["courier"].site, user=UserFactory(email="ada@example.com")
    )
    desk = desk_of("admins")
    page = desk.page
    desk.open("/admin/members/?q=ada")
    page.get_by_role("link", name="ada@example.com").click()
    page.get_by_role("link", name="Give complimentary access").click()
    until, calendar = page.locator("[name=until]"), page.locator(".xdsoft_datetimepicker")
    until.fill(timezone.localdate().isoformat())
    # It opens a moment after the field is entered; opening later it would lie over the button.
    expect(calendar).to_be_visible()
    until.press("Tab")
    expect(calendar).to_be_hidden()
    page.locator("[name=note]").fill("prize of the fair")
    page.get_by_role("button", name="Give access").click()
    expect(page.locator("#main")).to_contain_text("ada@example.com has complimentary access.")
    member.refresh_from_db()
    assert member.is_pro
    page.get_by_role("button", name="Revoke complimentary access").click()
    expect(page.locator("#main")).to_contain_text("The complimentary access is revoked.")

    desk.open("/admin/team/")
    page.locator("[name=email]").fill("carol@example.com")
    page.get_by_role("button", name="Send invitation").click()
    expect(page.locator("#main")).to_contain_text("An invitation is on its way")
    page.get_by_role("link", name="Withdraw the invitation of carol@example.com").click()
    page.get_by_role("button", name="Withdraw invitation").click()
    expect(page.locator("#main")).to_contain_text("is withdrawn")

    desk.open("/admin/changes/")
    for words in (
        "prize of the fair",
        "ccess revoked",
        "nvited to the team",
        "nvitation withdrawn",
    ):
        expect(page.locator("#main")).to_contain_text(words)


def test_an_editor_ticks_pages_and_sets_who_may_read_them(desk_of, tenants):
    article = ArticlePage.objects.descendant_of(tenants["courier"].site.root_page).get(
        slug="for-public"
    )
    desk = desk_of("editors")
    page = desk.page
    desk.open(f"/admin/pages/{article.get_parent().pk}/")
    page.locator(f"input[type=checkbox][data-object-id='{article.pk}']").check(force=True)
    page.get_by_role("link", name="Set who may read the selected pages").click()
    page.get_by_label("Pro members").check()
    page.get_by_role("button", name="Set access").click()
    expect(page.locator("#main")).to_contain_text("Access was set for 1 page")
    article.refresh_from_db()
    assert article.access == "pro"
