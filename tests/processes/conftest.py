"""Real processes of the site, on this test's own database and cache: as many boxes have them."""

import os
import socket
import subprocess
import sys
import time

import pytest
import requests
from django.conf import settings
from django.db import connection

from tests.factories import ArticlePageFactory, SectionPageFactory

ROOT = settings.BASE_DIR
GUNICORN = (
    "-m",
    "gunicorn",
    "krate_site.wsgi",
    "-c",
    os.devnull,
    "-k",
    "gthread",
    "--threads",
    "4",
)


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/processes" in item.nodeid:
            item.add_marker(pytest.mark.timeout(900))


def free_port():
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def database_url():
    """Return where this test's database is, for another process."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    return (
        f"postgres://{database['USER']}:{database['PASSWORD']}@"
        f"{database['HOST']}:{database['PORT'] or 5432}/{database['NAME']}"
    )


def environment(**more):
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "krate_site.settings.test",
        "DATABASE_URL": database_url(),
        **more,
    }


def wait_for(condition, seconds=60):
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "It doesn't answer."
        time.sleep(0.05)


def answers(url):
    try:
        return requests.get(url, timeout=10).status_code > 0
    except requests.RequestException:
        return False


@pytest.fixture
def run(transactional_db, tmp_path):
    """Return a function that starts a program, and stops it after the test."""
    running = []
    log = (tmp_path / "processes.log").open("w")

    def start(command, **more):
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment(**more), stdout=log, stderr=log
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.terminate()
    for process in running:
        process.wait(30)
    log.close()


@pytest.fixture
def start_site(run):
    """Return a function that starts gunicorn processes of the site, and gives their ports."""

    def start(count=1, **more):
        ports = [free_port() for _number in range(count)]
        for port in ports:
            run([sys.executable, *GUNICORN, "-b", f"127.0.0.1:{port}"], **more)
        for port in ports:
            wait_for(lambda port=port: answers(f"http://127.0.0.1:{port}/health/ready"))
        return ports

    return start


@pytest.fixture
def articles(site):
    """An article of each access, at a tenant."""
    section = SectionPageFactory(parent=site.root_page, title="World", slug="world")
    return {
        access: ArticlePageFactory(parent=section, title=f"For {access}", access=access)
        for access in ("public", "members", "pro")
    }


@pytest.fixture
def ask(site):
    """Return a function that asks one process for a page of the tenant's."""

    def ask(port, address, method="get", **kwargs):
        headers = {"Host": site.hostname, **kwargs.pop("headers", {})}
        return requests.request(
            method,
            f"http://127.0.0.1:{port}{address}",
            headers=headers,
            timeout=300,
            allow_redirects=False,
            **kwargs,
        )

    return ask
