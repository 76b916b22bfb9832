"""Looks at pages of the live server as somebody: at several widths, judged by axe, and as pictures."""

import os
from pathlib import Path

from tests.browser.axe import faults_of
from tests.clients import TenantClient

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
# What scrolls in Wagtail's admin: the part beside the menu, which cuts off what is too wide for it.
SCROLLER = "(document.querySelector('main.content-wrapper') || document.documentElement)"
# Text, buttons and fields of the admin beyond the right edge, but for what lies in a part that scrolls
# sideways by itself.
CUT_OFF = """() => [...document.querySelectorAll('main.content-wrapper *')].filter(each => {
    const right = each.getBoundingClientRect().right;
    const says = [...each.childNodes].some(node => node.nodeType === 3 && node.data.trim())
        || each.matches('button, input, select, textarea, img');
    if (!says || right <= innerWidth + 1 || each.closest('.w-sr-only')
        || !each.checkVisibility({visibilityProperty: true, opacityProperty: true})) return false;
    for (let box = each.parentElement; !box.matches('main'); box = box.parentElement)
        if (['auto', 'scroll'].includes(getComputedStyle(box).overflowX)) return false;
    return true;
}).map(each => each.outerHTML.slice(0, 160))"""
# `make screenshots` names the folder; without one no pictures are taken.
FOLDER = os.environ.get("SCREENSHOTS", "")


class Looker:
    """A browser at one tenant, of nobody or of a signed-in person."""

    def __init__(self, context, site, user=None):
        self.context, self.site = context, site
        self.page = context.new_page()
        self.page.set_default_timeout(15_000)
        if user is not None:
            self.sign_in(user)

    def sign_in(self, user):
        """Take the session of a sign-in: what is looked at comes after it."""
        client = TenantClient()
        client.speak_to(self.site)
        client.force_login(user)
        self.context.add_cookies(
            [
                {
                    "name": "sessionid",
                    "value": client.cookies["sessionid"].value,
                    "domain": self.site.hostname,
                    "path": "/",
                }
            ]
        )

    def open(self, path):
        self.page.goto(self.site.root_url + path)

    def judge(self, name="", sizes=(DESK, PHONE)):
        """Return what is wrong with the page as it stands, at each size; take its pictures."""
        faults = []
        for size in sizes:
            faults += self.look(name, sizes=(size,))
            faults += faults_of(self.page)
        return faults

    def look(self, name="", sizes=(DESK, PHONE)):
        """Return where the page is too wide, at each size; take its pictures."""
        faults = []
        for size in sizes:
            self.page.set_viewport_size(size)
            faults += self.too_wide(size["width"])
            if name and FOLDER:
                self.take(Path(FOLDER) / f"{name}-{size['width']}.png", size)
        return faults

    def take(self, path, size):
        """Take a picture of all that can be scrolled to."""
        height = max(self.page.evaluate(f"{SCROLLER}.scrollHeight"), size["height"])
        self.page.set_viewport_size({**size, "height": height})
        self.page.screenshot(path=path, full_page=True)

    def too_wide(self, width):
        """Return a line where the page would have to be scrolled sideways, or can't be."""
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        faults = [f"{self.page.url}: {wide} px wide at {width} px"] if wide > width else []
        cut_off = self.page.evaluate(CUT_OFF)
        return faults + [f"{self.page.url}: cut off at {width} px: {html}" for html in cut_off]
