"""How long PostgreSQL may take, as it says itself to a process of each kind."""

import subprocess
import sys

import pytest

from tests.operations.documented import ROOT

pytestmark = pytest.mark.postgresql

ASK = """
from django.db import connection
with connection.cursor() as cursor:
    for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "jit"):
        cursor.execute(f"SHOW {name}")
        print(*cursor.fetchone())
"""


def limits(installation, program, **environment):
    return subprocess.run(
        [sys.executable, *program],
        cwd=ROOT,
        env={**installation.environment, **environment},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()


def test_a_command_takes_the_time_that_it_needs_and_a_request_does_not(installation):
    command = ["manage.py", "shell", "--no-imports", "--command", ASK]
    assert limits(installation, command) == ["0", "10s", "0", "off"]
    request = ["-c", f"import krate_site.wsgi\n{ASK}"]
    assert limits(installation, request) == ["30s", "10s", "1min", "off"]
    by_hand = f"{installation.environment['DATABASE_URL']}?options=-c%20statement_timeout%3D0"
    assert limits(installation, request, DATABASE_URL=by_hand) == ["0", "10s", "1min", "off"]
