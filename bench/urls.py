"""The site's addresses, and the ceiling: a view that does nothing."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from krate_site import urls

TRIVIAL = "/bench/trivial/"


def trivial(request: HttpRequest) -> HttpResponse:
    """Answer two letters, so that only the framework and the middleware cost anything."""
    return HttpResponse("ok", content_type="text/plain", headers={"Cache-Control": "no-store"})


urlpatterns = [path(TRIVIAL.removeprefix("/"), trivial), *urls.urlpatterns]
