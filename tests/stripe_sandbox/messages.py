"""How a template becomes a page, and what is said where there is none."""

from pathlib import Path
from typing import Any

from django.http import HttpResponse
from django.template import Context, Engine

FOLDER = Path(__file__).parent / "templates"
ENGINE = Engine(dirs=[str(FOLDER)], builtins=["tests.stripe_sandbox.words"])
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def filled_in(template: str, context: dict[str, Any], *, autoescape: bool = True) -> str:
    """Without localization, so that no settings of Django are asked."""
    plain = Context(context, autoescape=autoescape, use_l10n=False, use_tz=False)
    return ENGINE.get_template(template).render(plain)


def render(template: str, status: int = 200, **context: Any) -> HttpResponse:
    content = filled_in(template, context)
    return HttpResponse(content, "text/html; charset=utf-8", status, headers=HEADERS)


def see_other(url: str) -> HttpResponse:
    return HttpResponse(status=303, headers={"Location": url})


class OverError(LookupError):
    """There is no such page, or no longer; what is said instead."""

    def __init__(
        self, title: str = "Not found", text: str = "There is no such page here.",
        status: int = 404, **link: Any,
    ) -> None:  # fmt: skip
        super().__init__(text)
        self.response = render("message.html", status, title=title, text=text, **link)


class HangUpError(ConnectionAbortedError):
    """Mischief: the connection ends without an answer."""
