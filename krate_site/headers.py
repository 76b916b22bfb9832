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


# The longest of our limits' periods: whoever waits so long is let in again by all of them.
RETRY_AFTER_SECONDS = 600


class RetryAfterMiddleware:
    """Tells whoever asked too often, in whichever way, when to come back."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code == 429:
            response.headers.setdefault("Retry-After", str(RETRY_AFTER_SECONDS))
        return response
