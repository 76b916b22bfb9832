"""How every request is read, what none may bring, and headers that Django doesn't send by itself."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import BadRequest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponseBase
from django.http.request import UnreadablePostError

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class Middleware:
    """What each of the site's own middlewares starts from; by itself it only hands on."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)


class Utf8Request(WSGIRequest):
    """Everything in it is read as UTF-8, which is what browsers send.

    Django reads query and form by the charset that the request's own Content-Type names: in UTF-7
    ordinary letters can be a null character, and where it is no text's (`base64`) Django fails
    before anything of ours can answer.
    """

    @property
    def encoding(self) -> None:
        return None

    @encoding.setter
    def encoding(self, _named: Any) -> None:
        """Whatever is named counts for nothing."""


# Nothing here needs a device or a payment request; Checkout happens at Stripe's own address.
PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "browsing-topics",
        "camera",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "usb",
    )
)
# By status. 429: the longest of our limits' periods, so that all of them let in whoever waits so
# long. 503: what is away or slow.
RETRY_AFTER_SECONDS = {429: 600, 503: 60}


class HeadersMiddleware(Middleware):
    """Denies pages, and whatever they embed, the devices that they have no use for; and tells
    whoever asked too often, or while something is away, when to come back."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        seconds = RETRY_AFTER_SECONDS.get(response.status_code)
        if seconds:
            response.headers.setdefault("Retry-After", str(seconds))
        return response


NULL = "\0"


class NullCharacterMiddleware(Middleware):
    """Lets no text with a null character in: PostgreSQL keeps none, and fails at it.

    Nobody types one. Looking at each place that takes a text from a request would never end,
    Wagtail's places among them; so address and cookies are looked at once, and a form where a view
    takes one.
    """

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
