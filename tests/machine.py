"""What a test may need of the machine (PostgreSQL, Redis, Chromium, nginx), and that CI skips nothing."""

import gc
import os
import shutil

import pytest
from django.conf import settings

from krate_site.settings.caches import REDIS
from tests.browser import axe
from tests.browser.chromium import CHROMIUM
from tests.ground import Ground
from tests.migrated import copied_from_original

# Debian's stands where only root looks for programs.
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


def services_here() -> dict[str, bool]:
    """Return for each marker whether what it needs is here."""
    return {
        "postgresql": "postgresql" in settings.DATABASES["default"]["ENGINE"],
        "redis": settings.CACHES["default"]["BACKEND"] == REDIS,
        "browser": CHROMIUM is not None,
        "nginx": NGINX is not None,
        "axe": axe.SCRIPT.exists(),
    }


def pytest_collection_modifyitems(items):
    here = services_here()
    for item in items:
        for marker, available in here.items():
            if not available and item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=f"needs {marker}, which isn't here"))
    # At the end a worker that has just begun a long test would be waited for.
    items.sort(key=time_allowed, reverse=True)


def time_allowed(item):
    """Return the seconds that a test may take, by which the longest come first."""
    timeout = item.get_closest_marker("timeout")
    return timeout.args[0] if timeout else 0


def pytest_collection_finish():
    """Don't have every look for garbage go through all that was imported, too."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def django_db_setup(request, django_db_modify_db_settings, django_db_blocker):
    """Copy what migrations make, and have every test leave it as it found it."""
    with django_db_blocker.unblock():
        with copied_from_original():
            request.getfixturevalue("django_db_setup")
        if is_left_over():
            pytest.exit("An earlier run was cut short and left rows behind: add --create-db.", 2)
        Ground().hold()


def is_left_over():
    """Return whether a test with real transactions was killed before it tidied up."""
    from wagtail.models import Page

    from membership.models import User

    return User.objects.exists() or Page.objects.exclude(depth=1).exists()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    """In CI a skipped test is a failed run: it would hide that nobody checks it."""
    if not (os.environ.get("CI") or os.environ.get("REQUIRE_SERVICES")):
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if skipped and session.exitstatus == pytest.ExitCode.OK:
        reporter.write_line("Skipped tests, which CI doesn't allow:", red=True)
        for report in skipped:
            reporter.write_line(f"  {report.nodeid}")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
