"""What every log line carries, the request's id and its tenant, and what none may: a key or a secret.

One list of what is masked (rule B3): Stripe's keys and passwords in URLs, in log lines, in error
pages and mails, and in the settings dump.
"""

import copy
import logging
import re
import uuid
from contextvars import ContextVar
from typing import NamedTuple

from django.http import HttpRequest, HttpResponseBase
from django.utils.safestring import SafeString
from django.views.debug import ExceptionReporter
from pythonjsonlogger.json import JsonFormatter

from krate_site.middleware import Middleware

OUR_APPS = ("krate_site", "membership", "billing", "home")
# Of what a request brings: its Host on every line, and each value that a message is made of, such as
# the Origin that a refused form came from.
LONGEST_HOST = 255
LONGEST_VALUE = 1000
SAFE_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


class RequestContext(NamedTuple):
    """The request that is being answered, as log lines name it."""

    request_id: str = "-"
    tenant: str = "-"


NO_REQUEST = RequestContext()
_context: ContextVar[RequestContext] = ContextVar("request_context", default=NO_REQUEST)


class RequestContextMiddleware(Middleware):
    """Gives each request an id, the load balancer's own where it sent one, for all its log lines.

    An answer that failed carries the id too, so that a report can be found in the logs.
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # Not by `request.headers`, which is made for each request of all that it has.
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = given if SAFE_REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        token = _context.set(
            RequestContext(
                request_id=request_id, tenant=request.META.get("HTTP_HOST", "-")[:LONGEST_HOST]
            )
        )
        try:
            response = self.get_response(request)
        finally:
            _context.reset(token)
        if response.status_code >= 500:
            response.headers["X-Request-ID"] = request_id
        return response


class RequestContextFilter(logging.Filter):
    """Puts the request's id and tenant on each record."""

    def filter(self, record: logging.LogRecord) -> bool:
        context = _context.get()
        record.request_id = context.request_id
        record.tenant = context.tenant
        return True


def shortened(record: logging.LogRecord) -> logging.LogRecord:
    """Return the record with the long values of its message cut, masked before: half a key is none."""
    if not isinstance(record.args, tuple) or not any(map(is_long, record.args)):
        return record
    cut = copy.copy(record)
    cut.args = tuple(
        f"{masked(value)[:LONGEST_VALUE]}… ({len(value)} characters)" if is_long(value) else value
        for value in record.args
    )
    return cut


def is_long(value: object) -> bool:
    return isinstance(value, str) and len(value) > LONGEST_VALUE


class MaskingTextFormatter(logging.Formatter):
    """For a person's eyes, without secrets, in tracebacks neither."""

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(shortened(record)))


class MaskingJsonFormatter(JsonFormatter):
    """One JSON object a line, for log collectors, without secrets."""

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(shortened(record)))


def logging_config(*, json: bool, level: str) -> dict[str, object]:
    """Return Django's LOGGING: everything to standard error, as text or as JSON."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request": {"()": RequestContextFilter}},
        "formatters": {
            "text": {
                "()": MaskingTextFormatter,
                "format": "{levelname} {name} [{tenant} {request_id}] {message}",
                "style": "{",
            },
            "json": {
                "()": MaskingJsonFormatter,
                "format": "{asctime}{levelname}{name}{tenant}{request_id}{message}",
                "style": "{",
            },
        },
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "filters": ["request"],
                "formatter": "json" if json else "text",
            },
        },
        # Ours as the operator asked; what others say of their daily work is only for debugging.
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            **{app: {"level": level} for app in OUR_APPS},
            # Django's own handlers would mail and print in debug mode; the root handles them all.
            "django": {"handlers": [], "level": "WARNING", "propagate": True},
            # A 404 is the visitor's business, not the operator's.
            "django.request": {"level": "ERROR"},
            # gunicorn writes its own lines; only its errors are ours.
            "django.server": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        },
    }


# Secret, restricted and publishable keys, and webhook signing secrets, whole or in a text.
# Whatever stands before: in JSON and in addresses a letter may be the end of an escape ("\\nsk_…").
STRIPE_SECRET = re.compile(r"((?:sk|rk|pk)_(?:test|live)_|whsec_)[A-Za-z0-9+/=_-]+")
# As in redis://:password@host: up to the last @ before the path, since some passwords have one.
# It begins at "://" and not at the scheme, of whose letters each would begin a scan of the rest:
# text comes from strangers too, so each character must be looked at a fixed number of times.
PASSWORD_IN_URL = re.compile(r"((?<=[A-Za-z0-9+.-])://[^\s:/@'\"<>]*:)[^\s/'\"<>]+@")


def masked(text: str) -> str:
    """Return the text with every Stripe key cut down to its prefix, and no password in a URL."""
    return PASSWORD_IN_URL.sub(r"\1••••@", STRIPE_SECRET.sub(r"\1••••", text))


class MaskingReporter(ExceptionReporter):
    """Django's report, looked through once more: the SDK's frames have the key in their headers."""

    def get_traceback_html(self) -> SafeString:
        return SafeString(masked(super().get_traceback_html()))

    def get_traceback_text(self) -> SafeString:
        return SafeString(masked(super().get_traceback_text()))
