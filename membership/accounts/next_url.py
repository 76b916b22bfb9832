"""The way back to the article that somebody came from: a path of this host, or nothing."""

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

# As long as a row can keep.
LONGEST = 2000


def way_back(request: HttpRequest) -> str:
    """Return the `next` of a form or an address, "" where it leads anywhere but to a path here."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if len(wanted) > LONGEST or not wanted.startswith("/"):
        return ""
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else ""
