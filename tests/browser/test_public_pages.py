"""Every public page can be used by everybody: axe, keyboard, 320 px, 200 % zoom, no motion, no script.

Wall, plans and account page in every state: tests/browser/test_states.py.
"""

import pytest
from playwright.sync_api import expect

from tests.browser.looking import DESK, PHONE, Looker
from tests.factories import StandardPageFactory, UserFactory, team_member
from tests.states import BY_NAME

NARROW = {"width": 320, "height": 640}
# 200 % zoom of a window of 1280 px leaves 640 px for the page.
ZOOMED = {"width": 640, "height": 450}

READING = ["/", "/world/", "/world/for-public/", "/world/for-members/", "/about/", "/search/",
           "/search/?q=kettle", "/search/?q=nothing-of-it", "/nowhere/"]  # fmt: skip
SIGNING_IN = ["/accounts/login/", "/accounts/signup/", "/accounts/login/code/",
              "/accounts/password/reset/", "/accounts/password/reset/done/",
              "/accounts/password/reset/key/1-abc/", "/accounts/inactive/"]  # fmt: skip
MEMBERS = ["/account/", "/account/delete/", "/account/billing/ask/?next=/world/for-pro/",
           "/account/billing/success/?session_id=cs_test_unknown", "/accounts/email/",
           "/accounts/password/set/", "/accounts/2fa/", "/accounts/2fa/totp/activate/",
           "/accounts/logout/"]  # fmt: skip


@pytest.fixture
def look(chromium, tenants):
    """Return a function that opens a browser at The Courier, for nobody or for a member."""
    contexts = []
    StandardPageFactory(parent=tenants["courier"].site.root_page, title="About", slug="about")

    def look(user=None, **options):
        contexts.append(chromium.new_context(viewport=DESK, **options))
        return Looker(contexts[-1], tenants["courier"].site, user)

    yield look
    for context in contexts:
        context.close()


@pytest.fixture
def monthly(tenants):
    """A member who pays by the month."""
    user = UserFactory(email="ada@example.com", verified=True)
    BY_NAME["monthly"].arrange(tenants["courier"], user)
    return user


def name_of(path):
    """Return a file's name for the picture of a page."""
    return "page-" + (path.split("?")[0].strip("/").replace("/", "-") or "front")


@pytest.mark.axe
def test_axe_finds_nothing_where_people_read_and_sign_in(look):
    looker = look()
    faults = []
    for path in [*READING, *SIGNING_IN]:
        looker.open(path)
        faults += looker.judge(name_of(path), sizes=(PHONE,))
    assert faults == []


@pytest.mark.axe
def test_axe_finds_nothing_where_members_manage_their_account(look, monthly):
    looker = look(monthly)
    faults = []
    for path in MEMBERS:
        looker.open(path)
        faults += looker.judge(name_of(path), sizes=(PHONE,))
    assert faults == []


@pytest.mark.axe
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_closed_pages_as_their_team_reads_them(look, tenants, scheme):
    looker = look(team_member(tenants["courier"].site, "editors"), color_scheme=scheme)
    faults = []
    for access in ("members", "pro"):
        looker.open(f"/world/for-{access}/")
        expect(looker.page.get_by_role("note")).to_contain_text("Readers meet the wall here.")
        faults += looker.judge(f"team-{access}-{scheme}")
    assert faults == []


@pytest.mark.axe
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_either_colour_scheme_and_in_forms_that_were_refused(look, scheme):
    looker = look(color_scheme=scheme)
    faults = []
    for path in ("/", "/world/for-pro/", "/pro/"):
        looker.open(path)
        faults += looker.judge(sizes=(DESK,))
    looker.open("/accounts/signup/")
    looker.page.locator("main input[type=email]").fill("ada@example.com")
    looker.page.locator("input[type=password]").fill("short")
    looker.page.get_by_role("button", name="Create account").click()
    expect(looker.page.locator(".errorlist")).to_be_visible()
    faults += looker.judge(sizes=(DESK,))
    assert faults == []


@pytest.mark.parametrize(
    "size",
    [
        pytest.param(NARROW, id="320px"),
        pytest.param(ZOOMED, id="zoom-200", marks=pytest.mark.long),
    ],
)
def test_nothing_must_be_scrolled_sideways(look, monthly, size):
    faults = []
    for looker, paths in ((look(), [*READING, *SIGNING_IN, "/pro/"]), (look(monthly), MEMBERS)):
        looker.page.set_viewport_size(size)
        for path in [*paths, "/world/for-pro/"]:
            looker.open(path)
            faults += looker.too_wide(size["width"])
    assert faults == []


def test_text_of_twice_the_size_is_neither_cut_nor_hidden(look, monthly):
    """WCAG 1.4.4: text alone at 200 %, as set in the browser's settings."""
    looker = look(monthly)
    for path in ("/account/", "/pro/", "/world/for-pro/"):
        looker.open(path)
        looker.page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert looker.too_wide(DESK["width"]) == []
        assert looker.page.evaluate(CUT_OFF) == []


# Elements with text of their own that is larger than the box that shows it.
CUT_OFF = """() => [...document.querySelectorAll('main a, main button, main dd, main p, main h2')]
    .filter(each => getComputedStyle(each).overflow === 'hidden'
        && !each.classList.contains('visually-hidden')
        && (each.scrollWidth > each.clientWidth + 1 || each.scrollHeight > each.clientHeight + 1))
    .map(each => each.outerHTML.slice(0, 120))"""


def focused(page):
    """Return what has the focus, in words, and whether it shows that it has."""
    return page.evaluate("""() => {
        const element = document.activeElement, style = getComputedStyle(element);
        return [(element.innerText || element.ariaLabel || element.name || '').trim(),
                style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2];
    }""")


def tab_to(page, words, *, at_most=40):
    """Press the tab key until this has the focus; each stop on the way shows its focus."""
    for _ in range(at_most):
        page.keyboard.press("Tab")
        text, is_shown = focused(page)
        assert is_shown, f"the focus on {text!r} can't be seen"
        if text == words:
            return
    raise AssertionError(f"{words!r} can't be reached by the keyboard")


def test_the_way_from_the_wall_to_the_checkout_goes_by_keyboard_alone(look, sandbox):
    user = UserFactory(email="free@example.com", verified=True)
    looker = look()
    BY_NAME["free"].arrange(look_shop(looker), user)
    looker.sign_in(user)
    page = looker.page
    looker.open("/world/for-pro/")
    tab_to(page, "Skip to the text", at_most=1)
    page.keyboard.press("Enter")
    tab_to(page, "Upgrade to Pro", at_most=8)
    page.keyboard.press("Enter")
    page.wait_for_url("**/pro/**")
    tab_to(page, "Subscribe by the month")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{sandbox.url}/**")


def look_shop(looker):
    """Return the tenant as far as arranging a free member needs it."""
    return type("AtSite", (), {"site": looker.site})


def test_every_control_of_the_account_page_is_reached_by_keyboard_in_its_order(look, monthly):
    looker = look(monthly)
    looker.open("/account/")
    for words in ("Skip to the text", "Update card", "Switch to annual", "Cancel subscription",
                  "PDF", "Change address", "Save name", "Sign out", "Download my data",
                  "Delete my account"):  # fmt: skip
        tab_to(looker.page, words)


def test_nothing_moves_for_those_who_want_no_motion(look):
    looker = look(reduced_motion="reduce")
    for path in ("/", "/world/for-pro/", "/pro/"):
        looker.open(path)
        moving = looker.page.evaluate("""() => [...document.querySelectorAll('*')].filter(each => {
            const style = getComputedStyle(each);
            return parseFloat(style.transitionDuration) > 0 || style.animationName !== 'none'
                || style.scrollBehavior === 'smooth';
        }).map(each => each.outerHTML.slice(0, 80))""")
        assert moving == []


def test_everything_works_without_javascript(look, monthly, sandbox):
    """Public pages have no script at all; this is the way on which one would be missed first."""
    looker = look(monthly, java_script_enabled=False)
    page = looker.page
    looker.open("/search/")
    page.locator("main input[name=q]").fill("kettle")
    page.locator("main button").click()
    expect(page.locator("main")).to_contain_text("pages found")
    looker.open("/account/")
    page.locator("input[name=first_name]").fill("Ada")
    page.get_by_role("button", name="Save name").click()
    expect(page.locator("main")).to_contain_text("Your name is saved.")
    looker.open("/pro/")
    expect(page.get_by_role("link", name="Manage your subscription")).to_be_visible()
