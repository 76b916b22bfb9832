"""The editor's status panel in a browser: who may read the page, by our gate, as it is written (rule G1)."""

from playwright.sync_api import expect

from home.models import ArticlePage
from tests.browser.conftest import listen
from tests.browser.looking import DESK, PHONE, Looker
from tests.factories import team_member

# Wagtail compares the form with how it stood some while after the page was loaded.
NOTE_WATCHING = """document.addEventListener(
    'w-unsaved:watch-edits', () => document.documentElement.dataset.watching = '')"""


def test_G1_the_status_panel_says_who_reads_and_opens_no_dialog_of_privacy(chromium, tenants):
    site = tenants["courier"].site
    article = ArticlePage.objects.descendant_of(site.root_page).get(slug="for-pro")
    complaints, asked = [], []
    with chromium.new_context(viewport=DESK, reduced_motion="reduce") as context:
        looker = Looker(context, site, team_member(site, "editors"))
        page = looker.page
        listen(page, complaints)
        page.on("request", lambda request: asked.append(request.url))
        page.add_init_script(NOTE_WATCHING)
        looker.open(f"/admin/pages/{article.pk}/edit/")
        page.wait_for_selector("html[data-watching]", state="attached", timeout=60_000)
        told = page.get_by_role("region", name="Who may read this")
        toggle = page.get_by_role("button", name="Toggle status")
        if toggle.get_attribute("aria-expanded") != "true":
            toggle.click()
        expect(told).to_contain_text("Pro members")
        # Wagtail saves the draft by itself, and its answer brings the panel anew.
        page.locator("[name=access]").select_option("members")
        expect(told).to_contain_text("Live: Pro members", timeout=60_000)
        expect(told).to_contain_text("Draft: Members")
        expect(page.locator("body")).not_to_contain_text("Visible to all")
        expect(page.locator("body")).not_to_contain_text("Change privacy")
        expect(page.locator("#set-privacy")).to_have_count(0)
        for size in (DESK, PHONE):
            page.set_viewport_size(size)
            expect(told).to_be_visible()
    assert [url for url in asked if "/privacy/" in url] == []
    assert complaints == []
