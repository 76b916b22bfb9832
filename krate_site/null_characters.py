"""No text of a request has a null character in it: PostgreSQL keeps none, and fails at it.

Nobody types one. Looking at each place that takes a text from a request would never end, Wagtail's
places among them; so it is looked for once, and answered by 400.
"""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponseBase
from django.http.request import UnreadablePostError

NULL = "\0"


class NullCharacterMiddleware:
    """Looks at address and cookies at once, and at a form where a view takes one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if NULL in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("A null character in the address.")
        # Quoted, as `"\\000"`. Whoever has such a cookie couldn't get rid of it, so it is no error.
        if "\\000" in request.META.get("HTTP_COOKIE", ""):
            request.COOKIES = {
                name: value for name, value in request.COOKIES.items() if NULL not in value
            }
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: dict[str, Any]
    ) -> None:
        """Read a form here: the check of its token would read it next. Others read theirs themselves."""
        if request.method == "POST" and not getattr(view, "csrf_exempt", False):
            try:
                sent = request.POST.lists()
            except UnreadablePostError:
                return
            if any(NULL in value for _name, values in sent for value in values):
                raise BadRequest("A null character in a form.")
