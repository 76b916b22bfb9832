"""A real browser at a real server: Chromium, the site in a thread, the sandbox in another.

The site sends its own headers, so everything happens under the Content-Security-Policy of
production; what the browser blocks or logs as an error fails the test.
"""

import os
import re
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.db import connection
from playwright.sync_api import sync_playwright
from wagtail.models import Site

from billing.setup.webhook_endpoint import create_endpoint
from tests.browser.chromium import ARGUMENTS, CHROMIUM
from tests.browser.reader import Reader
from tests.factories import ArticlePageFactory, SectionPageFactory, SiteFactory

FAILED = pytest.StashKey[bool]()
# Where a failed test leaves a picture of what the browser showed.
PICTURES = django_settings.VAR_DIR / "browser-failures"
DESK = {"width": 1280, "height": 900}


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/browser" in item.nodeid:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(180))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture(scope="module")
def chromium(django_db_setup):
    # Playwright runs a loop in this thread: Django takes that for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()
        connection.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def tenants(live_server, open_shop, sandbox, settings):
    """Two tenants that sell Pro, each with an article of every access, at the live server."""
    port = urlsplit(live_server.url).port
    Site.objects.all().delete()
    yield {
        name: open_tenant(name, title, port, open_shop)
        for name, title in (("courier", "The Courier"), ("gazette", "The Gazette"))
    }
    # What is still on its way would meet tables that are being emptied.
    sandbox.flush()


def open_tenant(name, title, port, open_shop):
    """Return the Shop of a new tenant whose webhooks arrive at the live server."""
    site = SiteFactory(hostname=f"{name}.localhost", site_name=title, port=port, billing=True)
    section = SectionPageFactory(parent=site.root_page, title="World", slug="world")
    for access in ("public", "members", "pro"):
        ArticlePageFactory(
            parent=section, title=f"{title}, {access}", slug=f"for-{access}", access=access
        )
    shop = open_shop(site)
    create_endpoint(shop.settings)
    return shop


@pytest.fixture
def reader_at(request, chromium, tenants, sandbox, mailoutbox):
    """Return a function that opens a browser of its own for a reader at one tenant."""
    contexts = []
    complaints = []

    def open_browser(name, **options):
        context = chromium.new_context(viewport=DESK, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        listen(page, complaints)
        return Reader(page, tenants[name], sandbox, mailoutbox)

    yield open_browser
    for context in contexts:
        if request.node.stash.get(FAILED, False):
            name = re.sub(r"\W+", "-", request.node.name)
            context.pages[0].screenshot(path=PICTURES / f"{name}.png", full_page=True)
        context.close()
    assert complaints == []


def listen(page, complaints):
    """Note whatever the browser holds against a page: violations, script errors, failed loads."""

    def on_console(message):
        # A page that answers 402 or 422 on purpose is no broken load.
        is_answer = "the server responded with a status of 4" in message.text
        if message.type == "error" and not is_answer:
            complaints.append(message.text)

    page.on("console", on_console)
    page.on("pageerror", lambda error: complaints.append(str(error)))
