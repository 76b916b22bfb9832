"""The editor's status panel in a browser: who may read the page, by our gate (rule G1)."""

from playwright.sync_api import expect

from home.models import ArticlePage
from tests.browser.conftest import listen
from tests.browser.looking import DESK, PHONE, Looker
from tests.factories import team_member


def test_G1_the_status_panel_says_who_reads_and_opens_no_dialog_of_privacy(chromium, tenants):
    site = tenants["courier"].site
    article = ArticlePage.objects.descendant_of(site.root_page).get(slug="for-pro")
    article.access = "members"
    article.save_revision()
    complaints, asked = [], []
    with chromium.new_context(viewport=DESK, reduced_motion="reduce") as context:
        looker = Looker(context, site, team_member(site, "editors"))
        page = looker.page
        listen(page, complaints)
        page.on("request", lambda request: asked.append(request.url))
        looker.open(f"/admin/pages/{article.pk}/edit/")
        toggle = page.get_by_role("button", name="Toggle status")
        if toggle.get_attribute("aria-expanded") != "true":
            toggle.click()
        told = page.get_by_role("region", name="Who may read this")
        for size in (DESK, PHONE):
            page.set_viewport_size(size)
            expect(told).to_be_visible()
            expect(told).to_contain_text("Live: Pro members")
            expect(told).to_contain_text("Draft: Members")
        expect(page.locator("body")).not_to_contain_text("Visible to all")
        expect(page.locator("body")).not_to_contain_text("Change privacy")
        expect(page.locator("#set-privacy")).to_have_count(0)
    assert [url for url in asked if "/privacy/" in url] == []
    assert complaints == []
