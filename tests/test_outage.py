"""A database or a Redis that is away is 503 in words wherever that shows; a mistake of ours is 500."""

import sqlite3
from contextlib import closing, contextmanager

import psycopg
import pytest
from django.core.cache import caches
from django.db import connection

from krate_site.settings.caches import DJANGOS_REDIS, caches_beside
from tests.factories import UserFactory, team_member

pytestmark = pytest.mark.django_db(transaction=True)

SIGN_UP = {"email": "ada@example.com", "password1": "correct-horse-battery"}


@pytest.fixture
def browser(site, client_at):
    """A browser to which the site answers as it does to everybody, whatever is raised."""
    client = client_at(site)
    client.raise_request_exception = False
    return client


def assert_away(answer, caplog):
    assert answer.status_code == 503, answer.text
    assert answer.headers["Retry-After"] == "60"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "To the front page" in answer.text
    assert not [record for record in caplog.records if record.exc_info]


@contextmanager
def losing_connection(words):
    """Close the driver's connection as soon as a statement has these words in it."""

    def lose_connection(execute, sql, *args):
        if words in sql:
            connection.connection.close()
        return execute(sql, *args)

    try:
        with connection.execute_wrapper(lose_connection):
            yield
    finally:
        connection.close()


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("table", "path"),
    [
        ("wagtailcore_site", "/"),
        ("wagtailcore_page", "/"),
        ("django_session", "/account/"),
        ("membership_membership", "/account/"),
        ("wagtailusers_userprofile", "/admin/"),
    ],
)
def test_a_connection_that_is_lost_anywhere_on_the_way_is_503(site, browser, caplog, table, path):
    browser.force_login(team_member(site))
    # As after a while: sessions are copied into the cache, and so are pages.
    for cache in caches.all():
        cache.clear()

    with losing_connection(f'"{table}"'):
        assert_away(browser.get(path), caplog)
    assert browser.get(path).status_code == 200


@pytest.mark.postgresql
def test_a_connection_that_is_lost_in_the_middle_of_writing_is_503(browser, caplog):
    with losing_connection('INSERT INTO "account_emailaddress"'):
        assert_away(browser.post("/accounts/signup/", SIGN_UP), caplog)
    # The next try isn't kept out by what the first one left.
    assert browser.post("/accounts/signup/", SIGN_UP).status_code == 302


@pytest.mark.database
def test_a_lock_that_another_holds_for_too_long_is_503(browser, caplog):
    assert browser.get("/accounts/signup/").status_code == 200
    with locked_by_another():
        assert_away(browser.post("/accounts/signup/", SIGN_UP), caplog)
    assert browser.post("/accounts/signup/", SIGN_UP).status_code == 302


@contextmanager
def locked_by_another():
    """Have another connection hold what a sign-up writes, and this one wait for a moment only."""
    if connection.vendor == "sqlite":
        other = sqlite3.connect(connection.settings_dict["NAME"])
        other.execute("BEGIN IMMEDIATE")
        patience = "PRAGMA busy_timeout = 10"
    else:
        other = psycopg.connect(**{**connection.get_connection_params(), "cursor_factory": None})
        other.execute("LOCK TABLE account_emailaddress")
        patience = "SET lock_timeout = '10ms'"
    with connection.cursor() as cursor:
        cursor.execute(patience)
    try:
        with closing(other):
            yield
    finally:
        connection.close()


@pytest.mark.database
@pytest.mark.parametrize(
    "mistake", ["SELECT nothing_of_the_kind", "SELEKT 1", "SELECT 1 FROM no_table"]
)
def test_a_mistake_of_ours_stays_500_with_its_traceback(browser, caplog, mistake):
    def make_mistake(execute, sql, _params, *args):
        return execute(mistake, None, *args)

    with connection.execute_wrapper(make_mistake):
        answer = browser.get("/")
    connection.close()
    assert answer.status_code == 500
    assert [record for record in caplog.records if record.exc_info]


def test_who_signs_in_while_nobody_counts_the_tries_is_asked_to_come_back(
    browser, settings, caplog
):
    """Not let in uncounted: whoever brings Redis down could try passwords for ever."""
    UserFactory(email="ada@example.com", password="correct-horse-battery", verified=True)
    assert browser.get("/accounts/login/").status_code == 200
    nobody = {"BACKEND": DJANGOS_REDIS, "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = caches_beside(nobody)
    entries = {"login": "ada@example.com", "password": "correct-horse-battery"}
    assert_away(browser.post("/accounts/login/", entries), caplog)
