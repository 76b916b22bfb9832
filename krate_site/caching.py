"""What caches are told of an answer: to keep nothing of it, or to ask again each time."""

from django.http import HttpResponseBase
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.views.decorators.cache import cache_control

ASKED_AGAIN = {"public": True, "max_age": 0, "must_revalidate": True}
# For views of what is the same for everybody, until an editor changes it.
revalidated = cache_control(**ASKED_AGAIN)


def let_caches_revalidate(response: HttpResponseBase) -> HttpResponseBase:
    """Let caches keep this, and ask each time whether it changed."""
    patch_cache_control(response, **ASKED_AGAIN)
    return response


def keep_from_caches(response: HttpResponseBase) -> HttpResponseBase:
    """Have no cache keep this, whoever it was made for (rule G4)."""
    response.headers["Cache-Control"] = "private, no-store"
    for name in ("ETag", "Last-Modified"):
        response.headers.pop(name, None)
    patch_vary_headers(response, ("Cookie",))
    return response
