"""`Permissions-Policy` and `Retry-After`, which Django doesn't send by itself."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

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


class PermissionsPolicyMiddleware:
    """Denies pages, and whatever they embed, the devices that they have no use for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        return response


# By status. 429: the longest of our limits' periods, so that all of them let in whoever waits so
# long. 503: what is away or slow.
RETRY_AFTER_SECONDS = {429: 600, 503: 60}


class RetryAfterMiddleware:
    """Tells whoever asked too often, or while something is away, when to come back."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        seconds = RETRY_AFTER_SECONDS.get(response.status_code)
        if seconds:
            response.headers.setdefault("Retry-After", str(seconds))
        return response
