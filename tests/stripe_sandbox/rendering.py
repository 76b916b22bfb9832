"""How a template becomes an answer."""

from pathlib import Path
from typing import Any

from django.template import Context, Engine

from .messages import Response

FOLDER = Path(__file__).parent / "templates"
ENGINE = Engine(dirs=[str(FOLDER)], builtins=["tests.stripe_sandbox.words"])
HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


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
