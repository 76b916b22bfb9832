"""Production refuses to start half-configured, and Django's deployment check finds nothing."""

import os
import subprocess
import sys

import pytest
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.management.utils import get_random_secret_key

COMPLETE = {
    "SECRET_KEY": f"${get_random_secret_key()}",  # a dollar sign is a letter like any other
    "KRATE_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
    "DATABASE_URL": "sqlite://:memory:",
}


def start_production(command, **environment):
    """Run a management command under production settings, with this environment and no other."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *command],
        env={
            **inherited,
            "DJANGO_SETTINGS_MODULE": "krate_site.settings.production",
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_deployment_check_finds_nothing():
    result = start_production(["check", "--deploy", "--fail-level", "WARNING"], **COMPLETE)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("missing", ["SECRET_KEY", "KRATE_ENCRYPTION_KEYS"])
def test_production_does_not_start_without_its_secrets(missing):
    environment = {name: value for name, value in COMPLETE.items() if name != missing}
    result = start_production(["check"], **environment)
    assert result.returncode != 0
    assert missing in result.stderr


def test_production_names_the_encryption_key_that_is_malformed_without_showing_it():
    keys = f"{Fernet.generate_key().decode()},mistyped-key"
    result = start_production(["check"], **{**COMPLETE, "KRATE_ENCRYPTION_KEYS": keys})
    assert result.returncode != 0
    assert "Key 2 in KRATE_ENCRYPTION_KEYS" in result.stderr
    assert "mistyped-key" not in result.stderr.splitlines()[-1]


def test_production_starts_in_an_empty_folder(tmp_path):
    """SQLite makes its file; the folder must be made for it."""
    environment = {**COMPLETE, "VAR_DIR": str(tmp_path / "not/yet")}
    del environment["DATABASE_URL"]
    result = start_production(["check", "--database", "default"], **environment)
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "not/yet/krate.sqlite3").is_file()


MANY_SESSIONS = """
from django.conf import settings
from django.core.cache import caches
caches["default"].set("tries", 5)
for number in range(12_000):
    caches[settings.SESSION_CACHE_ALIAS].set(number, "")
print(caches["default"].get("tries"))
"""


def test_sessions_push_no_rate_limit_out_of_the_cache_of_a_process():
    result = start_production(["shell", "--no-imports", "-c", MANY_SESSIONS], **COMPLETE)
    assert result.stdout.strip() == "5", result.stderr


@pytest.mark.parametrize(
    ("environment", "engine"),
    [
        ({}, "cached_db"),
        ({"WEB_CONCURRENCY": "2"}, "db"),
        ({"WEB_CONCURRENCY": "2", "CACHE_URL": "redis://127.0.0.1:6379/0"}, "cached_db"),
    ],
)
def test_session_ended_in_one_process_is_ended_in_all(environment, engine):
    """Without a cache that they share, each would keep what it once read."""
    printing = "from django.conf import settings; print(settings.SESSION_ENGINE)"
    result = start_production(
        ["shell", "--no-imports", "-c", printing], **{**COMPLETE, **environment}
    )
    assert result.stdout.strip().endswith(f".{engine}"), result.stderr


def test_people_choose_among_time_zones_that_browsers_know():
    """Debian lists `localtime` among them, at which the script of the account form stopped."""
    assert {"UTC", "Europe/Berlin", "America/New_York"} <= set(settings.WAGTAIL_USER_TIME_ZONES)
    assert "localtime" not in settings.WAGTAIL_USER_TIME_ZONES
