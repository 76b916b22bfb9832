"""Each environment variable is explained, and what is explained is read."""

import json
import os
import re
import subprocess
import sys

from tests.operations.documented import PAGE, ROOT
from tests.operations.variables import NAME, documented_variables, read_variables

# Django's own, PostgreSQL's image's, the documents' own, and settings that no variable sets.
NOT_OURS = {"DJANGO_SETTINGS_MODULE", "POSTGRES_PASSWORD", "BACKUP", "ERROR", "READY"}


def test_every_variable_that_is_read_is_explained():
    assert read_variables() - documented_variables() == set()


def test_every_variable_that_is_explained_is_read():
    assert documented_variables() - read_variables() == set()


def test_the_texts_name_no_variable_that_does_not_exist():
    pages = [path.read_text() for path in (ROOT / "docs").glob("*.md")]
    named = {name for page in pages for name in NAME.findall(page) if "_" in name}
    set_in_examples = set(re.findall(r"^(?:export )?([A-Z][A-Z_]+)=", PAGE, re.MULTILINE))
    settings = {"ALLOWED_HOSTS", "INSTALLED_APPS"}
    assert (named | set_in_examples) - read_variables() - NOT_OURS - settings == set()


def told_by(program, **environment):
    """Return what another process of the site prints, by these variables alone."""
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


OPTIONS = """
import json
{first}
from django.conf import settings
print(json.dumps([settings.DATABASES["default"]["OPTIONS"], settings.CACHES["sessions"]["OPTIONS"]]))
"""
BY_THE_WEB = "import krate_site.wsgi"


def options_of(*, first="", database="", cache=""):
    told = told_by(
        OPTIONS.format(first=first),
        DJANGO_SETTINGS_MODULE="krate_site.settings.dev",
        DATABASE_URL=f"postgres://krate@database/krate{database}",
        CACHE_URL=f"redis://cache:6379/0{cache}",
    )
    return json.loads(told)


def test_whoever_waits_for_the_database_or_redis_waits_for_seconds():
    database, cache = options_of()
    assert database["connect_timeout"] == 5
    assert database["tcp_user_timeout"] == 30_000
    assert database["options"] == "-c jit=off -c lock_timeout=10s"
    assert cache == {"socket_connect_timeout": 1, "socket_timeout": 1}


def test_statements_end_after_a_while_in_the_web_alone():
    """Migrations, commands and the worker may take their time."""
    database, _cache = options_of(first=BY_THE_WEB)
    assert "-c statement_timeout=30s" in database["options"]


def test_what_an_operator_writes_into_the_addresses_wins():
    given = "-c%20statement_timeout%3D2min%20-c%20lock_timeout%3D1s"
    database, cache = options_of(
        first=BY_THE_WEB,
        database=f"?connect_timeout=9&options={given}",
        cache="?socket_timeout=3",
    )
    assert database["connect_timeout"] == 9
    # PostgreSQL takes the last of each.
    assert database["options"].endswith("-c statement_timeout=2min -c lock_timeout=1s")
    assert cache == {"socket_connect_timeout": 1, "socket_timeout": 3}


def test_media_bucket_and_worker_are_had_by_variables_alone():
    """Not one line of code is changed to grow from one box to many."""
    told = told_by(
        "import django; from django.conf import settings as s; print(s.STORAGES['default']['BACKEND'],"
        " s.TASKS['default']['BACKEND'], s.CACHES['default']['BACKEND'],"
        " s.DATABASES['default']['ENGINE'], s.DATABASES['default']['CONN_MAX_AGE'])",
        DJANGO_SETTINGS_MODULE="krate_site.settings.base",
        DATABASE_URL="postgres://krate:word@database/krate",
        CACHE_URL="redis://cache:6379/0",
        MEDIA_BUCKET="media",
        TASKS_BY_WORKER="true",
    ).split()
    assert told == [
        "storages.backends.s3.S3Storage",
        "django_tasks_db.DatabaseBackend",
        "krate_site.cache_backends.RedisCache",
        "django.db.backends.postgresql",
        "600",
    ]
