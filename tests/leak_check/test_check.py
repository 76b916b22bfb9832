"""Rules G3 and G4: every surface is asked as every audience, and nothing is written."""

import json
import os
import subprocess
import sys
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from home.leak_check.asking import WRITES
from home.leak_check.routes import all_routes, unlisted_routes
from membership.models import User
from tests.factories import ArticlePageFactory

pytestmark = pytest.mark.django_db


def test_G3_every_route_is_asked_or_declared_free_of_content():
    assert len(all_routes()) > 200
    assert unlisted_routes() == []


def test_G3_G4_nothing_leaks_at_plain_addresses(findings):
    assert findings() == []


def test_G4_a_tenant_without_an_editor_is_read_by_one_in_memory(site, findings):
    User.objects.filter(groups__editors_of__site=site).delete()
    assert findings() == []


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_G3_G4_nothing_leaks_at_odd_spellings_nor_through_the_admin(findings):
    assert findings(quick=False) == []


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_G3_G4_nothing_leaks_of_the_demos_content(tmp_path):
    manage(tmp_path, "migrate", "-v0")
    manage(tmp_path, "seed_demo")
    for report in json.loads(manage(tmp_path, "check_leaks", "--json")):
        assert report["passed"]
        assert report["pages"] > 5
        assert report["phrases"] > 1000
        assert report["without_phrases"] == []


def manage(var_dir, *arguments):
    """Run a command as an operator does, on the demo's own database; return what it printed."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        env={**kept, "VAR_DIR": str(var_dir)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def run(*arguments):
    """Return the command's exit code and what it printed."""
    output = StringIO()
    try:
        call_command("check_leaks", *arguments, stdout=output, skip_checks=False)
    except SystemExit as left:
        return left.code, output.getvalue()
    return 0, output.getvalue()


def test_command_sums_up_one_page_of_one_tenant_and_writes_nothing(site, pages):
    address = pages["pro"].url
    with CaptureQueriesContext(
        connection,
    ) as asked:
        code, printed = run("--tenant", site.hostname, "--page", address, "--quick")
    assert code == 0, printed
    assert "courier.localhost: 1 closed pages" in printed
    assert "0 findings" in printed
    assert [query["sql"] for query in asked.captured_queries if WRITES.match(query["sql"])] == []


def test_page_that_hides_nothing_anywhere_is_named(site, pages, section):
    ArticlePageFactory(parent=section, body=pages["pro"].body.raw_data, title="A public copy")
    _code, printed = run("--tenant", site.hostname, "--quick")
    assert f"nothing to look for: {pages['pro'].title}" in printed


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--tenant", "nobody.localhost"], "No tenant has the host"),
        (["--page", "/world/"], "--page needs --tenant"),
        (["--tenant", "courier.localhost", "--page", "/world/"], "no closed page"),
    ],
)
def test_command_says_what_it_cannot_check(pages, arguments, words):
    with pytest.raises(Exception, match=words):
        run(*arguments)
