"""Where membership takes part in Wagtail."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from wagtail import hooks
from wagtail.models import Page

from membership.admin import menu  # noqa: F401 - members, team and log in the admin
from membership.page_cache.middleware import hide_the_rest_of_the_query, note_shown
from membership.paywall import set_cache_headers

Serve = Callable[[Page, HttpRequest, list[Any], dict[str, Any]], HttpResponseBase]


# The lowest order is outermost: whatever a page type does in `serve`, this has the last word.
@hooks.register("on_serve_page", order=-1000)
def keep_gated_pages_out_of_caches(serve_next: Serve) -> Serve:
    """Set the cache headers of every page served (rule G4)."""

    def serve(
        page: Page, request: HttpRequest, args: list[Any], kwargs: dict[str, Any]
    ) -> HttpResponseBase:
        hide_the_rest_of_the_query(request, page)
        response = serve_next(page, request, args, kwargs)
        note_shown(request, page, response)
        set_cache_headers(page, response)
        return response

    return serve
