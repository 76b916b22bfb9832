"""What a test may need of the machine (PostgreSQL, Redis, Chromium, nginx), and that CI skips nothing."""

import os
import shutil

import pytest
from django.conf import settings
from django.db import connection

from tests.browser import axe
from tests.browser.chromium import CHROMIUM

# Debian's stands where only root looks for programs.
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
EMPTIES_TABLES = {"live_server", "transactional_db"}


def services_here() -> dict[str, bool]:
    """Return for each marker whether what it needs is here."""
    return {
        "postgresql": "postgresql" in settings.DATABASES["default"]["ENGINE"],
        "redis": "redis" in settings.CACHES["default"]["BACKEND"],
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
        keep_what_migrations_made(item)


def keep_what_migrations_made(item):
    """Have a test that empties the tables begin with what migrations put there: the tree's root."""
    if EMPTIES_TABLES & set(item.fixturenames):
        item.add_marker(pytest.mark.django_db(transaction=True, serialized_rollback=True))
    for database in item.iter_markers("django_db"):
        if database.kwargs.get("transaction"):
            database.kwargs["serialized_rollback"] = True


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Leave behind what migrations made, for the next run with `--reuse-db`."""
    with django_db_blocker.unblock():
        if is_emptied():
            pytest.exit("An earlier run was cut short and left empty tables: add --create-db.", 2)
    yield
    with django_db_blocker.unblock():
        if is_emptied():
            connection.creation.deserialize_db_from_string(connection._test_serialized_contents)


def is_emptied():
    """Return whether a test with real transactions has emptied the tables."""
    from wagtail.models import Page

    return not Page.objects.filter(depth=1).exists()


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
