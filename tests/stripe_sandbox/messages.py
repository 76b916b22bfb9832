"""A request and a response, apart from any server, and how a template becomes one."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from django.template import Context, Engine

FOLDER = Path(__file__).parent / "templates"
ENGINE = Engine(dirs=[str(FOLDER)], builtins=["tests.stripe_sandbox.words"])
HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass
class Request:
    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def form(self) -> dict[str, str]:
        """Fields of a hosted page's form; the last value of a name counts."""
        return {name: values[-1] for name, values in parse_qs(self.text).items()}

    @property
    def arguments(self) -> dict[str, str]:
        return {name: values[-1] for name, values in parse_qs(self.query).items()}

    def json(self) -> dict[str, Any]:
        found = json.loads(self.body or b"{}")
        if not isinstance(found, dict):
            raise ValueError("a JSON object was expected")
        return found


@dataclass
class Response:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    hang_up: bool = False


def json_response(content: Any, status: int = 200, **headers: str) -> Response:
    body = json.dumps(content, indent=2).encode()
    return Response(status, body, {"Content-Type": "application/json", **headers})


def see_other(url: str) -> Response:
    return Response(303, b"", {"Location": url})


def filled_in(template: str, context: dict[str, Any], *, autoescape: bool = True) -> str:
    """Without localization, so that no settings of Django are asked."""
    plain = Context(context, autoescape=autoescape, use_l10n=False, use_tz=False)
    return str(ENGINE.get_template(template).render(plain))


def render(template: str, status: int = 200, **context: Any) -> Response:
    return Response(status, filled_in(template, context).encode(), dict(HEADERS))


class OverError(LookupError):
    """There is no such page, or no longer; what is said instead."""

    def __init__(
        self, title: str = "Not found", text: str = "There is no such page here.",
        status: int = 404, **link: Any,
    ) -> None:  # fmt: skip
        super().__init__(text)
        self.response = render("message.html", status, title=title, text=text, **link)
