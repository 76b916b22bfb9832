"""A database, or Redis, that is away: 503 and one log line a second, no 500 with a traceback each.

A mistake of ours, a wrong statement or a broken constraint, stays a 500 with its traceback.
"""

import logging
import sqlite3
import sys
import threading
import time

from django.db import DatabaseError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.views import defaults
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import TimeoutError as NoAnswer

logger = logging.getLogger(__name__)

# Classes of PostgreSQL's codes: connection, resources (too many connections), operator
# (shutting down, statement timeout). https://www.postgresql.org/docs/current/errcodes-appendix.html
POSTGRESQL_CLASSES = ("08", "53", "57")
LOCK_TIMEOUT, IDLE_IN_TRANSACTION = "55P03", "25P03"
# https://www.sqlite.org/rescode.html
SQLITE_CODES = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
}


def server_error(request: HttpRequest, template_name: str = "500.html") -> HttpResponse:
    """Django's `handler500`, called while the exception is being handled."""
    error = sys.exc_info()[1]
    if error is None or not is_outage(error):
        return defaults.server_error(request, template_name)
    line.write(request, error)
    # What the request didn't finish isn't stored; nor is a database asked again that is away.
    if hasattr(request, "session"):
        request.session.modified = False
    # Not by the request's context: it would ask for the tenant.
    language = getattr(request, "LANGUAGE_CODE", None) or translation.get_language_from_request(
        request
    )
    with translation.override(language):
        page = render_to_string("503.html")
    response = HttpResponse(
        page,
        status=503,
        headers={"Cache-Control": "no-store", "Content-Language": language},
    )
    # Django's own line has the traceback.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def is_outage(error: BaseException) -> bool:
    """Return whether this was raised because a database or Redis is away, or while that was handled."""
    looked_at: BaseException | None = error
    while looked_at is not None:
        if isinstance(looked_at, NoConnection | NoAnswer) or is_of_database(looked_at):
            return True
        hidden = looked_at.__suppress_context__
        looked_at = looked_at.__cause__ or (None if hidden else looked_at.__context__)
    return False


def is_of_database(error: BaseException) -> bool:
    """Return whether Django raises this for a database that can't be had, or doesn't get on."""
    if not isinstance(error, DatabaseError):
        return False
    driver = error.__cause__
    sqlstate = getattr(driver, "sqlstate", None)
    if sqlstate:
        return sqlstate[:2] in POSTGRESQL_CLASSES or sqlstate in (LOCK_TIMEOUT, IDLE_IN_TRANSACTION)
    sqlite_code = getattr(driver, "sqlite_errorcode", None)
    if sqlite_code is not None:
        # The lowest byte; the others say more precisely what it was.
        return sqlite_code & 0xFF in SQLITE_CODES
    # psycopg has no code where there is no server to give one.
    return isinstance(error, OperationalError)


class LineASecond:
    """One log line a second for all requests, with how many it stands for."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.next_at = 0.0
        self.left_out = 0

    def write(self, request: HttpRequest, error: BaseException) -> None:
        with self.lock:
            now = time.monotonic()
            if now < self.next_at:
                self.left_out += 1
                return
            left_out, self.left_out, self.next_at = self.left_out, 0, now + 1
        logger.error(
            "%s %s was answered by 503, and so were %s requests since the last such line: %s",
            request.method,
            request.path.encode("unicode_escape").decode(),
            left_out,
            " ".join(str(error).split()),
        )


line = LineASecond()
