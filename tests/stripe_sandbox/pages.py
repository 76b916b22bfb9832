"""The sandbox's own web pages: which path is whose, and how a template becomes an answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.template import Context, Engine

from .messages import Request, Response

if TYPE_CHECKING:
    from .server import Sandbox

View = Callable[..., Response]
FOLDER = Path(__file__).parent / "templates"
ENGINE = Engine(dirs=[str(FOLDER)], autoescape=True)
POLICY = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'"


def render(template: str, status: int = 200, **context: Any) -> Response:
    """Numbers and dates come as text already, so that no settings of Django are asked."""
    content = ENGINE.get_template(template).render(Context(context, use_l10n=False, use_tz=False))
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": POLICY,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(status, content.encode(), headers)


def when(moment: int | None, *, time: bool = False) -> str:
    if moment is None:
        return ""
    shown = datetime.fromtimestamp(moment, UTC)
    text = f"{shown.day} {shown:%B %Y}"
    return f"{text}, {shown:%H:%M} UTC" if time else text


def not_found(sandbox: Sandbox, request: Request) -> Response:
    return render("message.html", 404, title="Not found", text="There is no such page here.")


def style(sandbox: Sandbox, request: Request) -> Response:
    headers = {"Content-Type": "text/css", "Cache-Control": "max-age=60"}
    return Response(200, (FOLDER / "style.css").read_bytes(), headers)


def answer(sandbox: Sandbox, request: Request) -> Response:
    from .page_routes import ROUTES

    method = "GET" if request.method == "HEAD" else request.method
    for allowed, pattern, view in ROUTES:
        found = re.fullmatch(pattern, request.path)
        if found and method == allowed:
            return view(sandbox, request, **found.groupdict())
    return not_found(sandbox, request)
