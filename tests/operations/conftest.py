"""A database of its own for a test that has other processes write to it, or throws it away."""

import os
import shutil
from urllib.parse import quote

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from psycopg.sql import SQL, Identifier

from tests.billing.slow_stripe import SlowStripe
from tests.operations.workers import Workers

BROUGHT_ALONG = ("PATH", "HOME", "LANG")


class Installation:
    """A site's database and folder, which this process uses, and any other by the environment."""

    def __init__(self, folder):
        self.folder = folder
        self.is_postgresql = connection.vendor == "postgresql"
        self.template = connection.settings_dict["NAME"]
        self.name = f"{self.template}_own" if self.is_postgresql else folder / "krate.sqlite3"

    def copy_database(self):
        """Begin with what migrations made."""
        connection.close()
        if self.is_postgresql:
            self.drop()
            self.ask_server("CREATE DATABASE {} TEMPLATE {}", self.name, self.template)
        else:
            shutil.copy(self.template, self.name)
        connection.settings_dict["NAME"] = self.name

    def drop(self):
        """Destroy the database."""
        connection.close()
        if self.is_postgresql:
            self.ask_server("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)
        else:
            for file in self.folder.glob("krate.sqlite3*"):
                file.unlink()

    def create_empty(self):
        """Give the restored database its place."""
        if self.is_postgresql:
            self.ask_server("CREATE DATABASE {}", self.name)

    def ask_server(self, statement, *names):
        with psycopg.connect(self.address("postgres"), autocommit=True) as server:
            server.execute(SQL(statement).format(*map(Identifier, names)))

    def address(self, name):
        given = connection.settings_dict
        password = f":{quote(given['PASSWORD'])}" if given["PASSWORD"] else ""
        port = f":{given['PORT']}" if given["PORT"] else ""
        return f"postgres://{given['USER']}{password}@{given['HOST']}{port}/{name}"

    @property
    def environment(self):
        """Return the variables of another process of the same site, as an operator sets them."""
        return {
            **{name: os.environ[name] for name in BROUGHT_ALONG if name in os.environ},
            "DJANGO_SETTINGS_MODULE": "krate_site.settings.production",
            "SECRET_KEY": settings.SECRET_KEY,
            "KRATE_ENCRYPTION_KEYS": ",".join(settings.KRATE_ENCRYPTION_KEYS),
            "STRIPE_API_BASE": settings.STRIPE_API_BASE,
            "SECURE_SSL_REDIRECT": "false",
            "DATABASE_URL": (
                self.address(self.name) if self.is_postgresql else f"sqlite:///{self.name}"
            ),
            "VAR_DIR": str(self.folder),
        }


@pytest.fixture
def installation(transactional_db, tmp_path, settings):
    """Put a database and a media folder of their own in the place of the test's."""
    given = connection.settings_dict["NAME"]
    settings.MEDIA_ROOT = tmp_path / "media"
    installation = Installation(tmp_path)
    installation.copy_database()
    yield installation
    installation.drop()
    connection.settings_dict["NAME"] = given


@pytest.fixture
def leave_to_workers(settings):
    """Have this process leave its tasks to workers."""
    by_worker = {**settings.TASKS["default"], "BACKEND": "django_tasks_db.DatabaseBackend"}
    settings.TASKS = {"default": by_worker}


@pytest.fixture
def queue(installation, leave_to_workers):
    """In a database that workers see."""
    return installation


@pytest.fixture
def site_with_queue(queue, site):
    """The Courier, in a database that workers see."""
    return site


@pytest.fixture
def workers(queue):
    workers = Workers(queue)
    yield workers
    workers.stop()


@pytest.fixture
def work(workers):
    """Return a function that has workers do what waits, and gives the mails that they sent."""
    return workers.work


@pytest.fixture
def slow_stripe(sandbox, settings):
    """Stripe, which takes as long as a test wants for one tenant."""
    stripe = SlowStripe(sandbox)
    settings.STRIPE_API_BASE = stripe.url
    yield stripe
    stripe.stop()
