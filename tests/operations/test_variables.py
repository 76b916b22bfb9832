"""Each environment variable is explained, and what is explained is read."""

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


def test_media_bucket_and_worker_are_had_by_variables_alone():
    """Not one line of code is changed to grow from one box to many."""
    told = subprocess.run(
        [
            *(sys.executable, "-c"),
            "import django; from django.conf import settings as s; print(s.STORAGES['default']['BACKEND'],"
            " s.TASKS['default']['BACKEND'], s.CACHES['default']['BACKEND'],"
            " s.DATABASES['default']['ENGINE'], s.DATABASES['default']['CONN_MAX_AGE'])",
        ],
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "krate_site.settings.base",
            "DATABASE_URL": "postgres://krate:word@database/krate",
            "CACHE_URL": "redis://cache:6379/0",
            "MEDIA_BUCKET": "media",
            "TASKS_BY_WORKER": "true",
        },
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert told == [
        "storages.backends.s3.S3Storage",
        "django_tasks_db.DatabaseBackend",
        "krate_site.redis_cache.RedisCache",
        "django.db.backends.postgresql",
        "600",
    ]
