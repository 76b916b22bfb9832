"""Asking the site in memory: its own middleware, URLs and templates, and nothing that writes.

Two middlewares are put in the place of the live ones, those that read and write sessions; all else
is what answers the public. A statement that would write is refused.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import default_storage
from django.core.handlers.base import BaseHandler
from django.core.handlers.wsgi import WSGIRequest
from django.db import connection
from django.http import HttpRequest, HttpResponseBase
from django.test import RequestFactory
from django.test.utils import override_settings
from wagtail.models import Site

from home.leak_check.readers import AskingReader
from membership.accounts.sessions import TenantAuthenticationMiddleware
from membership.models import User

WRITES = re.compile(
    r"\s*(insert|update|delete|replace|create|alter|drop|truncate)\b", re.IGNORECASE
)
READABLE = re.compile(r"^text/|json|xml|javascript|svg")


class WouldWriteError(Exception):
    """An answer wanted to write to the database or to store a file."""


@dataclass(frozen=True)
class Answer:
    """What came back: status, headers, and the text of header lines and body."""

    status: int
    headers: dict[str, str]
    text: str
    wanted_to_write: bool


class UnsavedSession(SessionBase):
    """A session that nobody keeps."""

    def exists(self, session_key: str) -> bool:
        return False

    def create(self) -> None:
        self._session_key = self._get_new_session_key()

    def save(self, must_create: bool = False) -> None:
        pass

    def delete(self, session_key: str | None = None) -> None:
        pass

    def load(self) -> dict[str, Any]:
        return {}


class UnsavedSessionMiddleware(SessionMiddleware):
    """Django's, over sessions that nobody keeps."""

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        self.SessionStore = UnsavedSession  # type: ignore[assignment]


class GivenReaderMiddleware(TenantAuthenticationMiddleware):
    """The live one, but the person comes with the request instead of from a session."""

    def person(self, request: HttpRequest) -> User | AnonymousUser:
        request.session.get(SESSION_KEY)  # as the live one does: caches must hear of it
        reader: AskingReader = request.leak_check_reader  # type: ignore[attr-defined]
        if reader.user is None:
            return AnonymousUser()
        reader.user.membership_here = reader.membership
        return reader.user


SUBSTITUTES = {
    "django.contrib.sessions.middleware.SessionMiddleware": UnsavedSessionMiddleware,
    "membership.accounts.sessions.TenantAuthenticationMiddleware": GivenReaderMiddleware,
}


class Asker(BaseHandler):
    """Answers requests of readers made in memory."""

    def __init__(self) -> None:
        if missing := SUBSTITUTES.keys() - set(settings.MIDDLEWARE):
            raise ImproperlyConfigured(f"The leak check looks in MIDDLEWARE for {missing}.")
        names = [
            f"{SUBSTITUTES[name].__module__}.{SUBSTITUTES[name].__name__}"
            if name in SUBSTITUTES
            else name
            for name in settings.MIDDLEWARE
        ]
        with override_settings(MIDDLEWARE=names):
            self.load_middleware()
        self.factory = RequestFactory()
        self.wanted_to_write = False

    def ask(
        self,
        reader: AskingReader,
        site: Site,
        path: str,
        *,
        method: str = "GET",
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Return the answer that this reader would get at the tenant's host."""
        sent = {"host": site.hostname, "x-forwarded-proto": "https", **(headers or {})}
        request: WSGIRequest = self.factory.generic(method, path, secure=True, headers=sent)
        request.leak_check_reader = reader  # type: ignore[attr-defined]
        request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
        self.wanted_to_write = False
        with connection.execute_wrapper(self.refuse_writes), self.no_files_stored():
            response = self.get_response(request)
            try:
                return Answer(
                    status=response.status_code,
                    headers=dict(response.headers),
                    text=text_of(response),
                    wanted_to_write=self.wanted_to_write,
                )
            finally:
                # Not `close()`, which would tell the database that the request is over.
                for closer in response._resource_closers:
                    closer()

    def refuse_writes(self, execute: Any, sql: str, *rest: Any) -> Any:
        """Run a statement that reads; raise `WouldWriteError` for any other."""
        if WRITES.match(sql):
            self.wanted_to_write = True
            raise WouldWriteError(sql[:80])
        return execute(sql, *rest)

    @contextmanager
    def no_files_stored(self) -> Iterator[None]:
        """Refuse to store files, too: a picture in a size that nobody has asked for yet."""
        default_storage.exists("x")  # sets the lazy object up
        storage = default_storage._wrapped  # type: ignore[attr-defined]

        def refuse(*args: Any, **kwargs: Any) -> str:
            self.wanted_to_write = True
            raise WouldWriteError("a file")

        storage.save = refuse
        try:
            yield
        finally:
            del storage.save


def text_of(response: HttpResponseBase) -> str:
    """Return header lines and body, of files the headers only."""
    head = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
    if not READABLE.search(response.headers.get("Content-Type", "")):
        return head
    body = b"".join(response) if response.streaming else response.content  # type: ignore[attr-defined,arg-type]
    return f"{head}\n{body.decode(response.charset or 'utf-8', errors='replace')}"


@contextmanager
def quietly() -> Iterator[None]:
    """Keep the many refusals out of the logs."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
