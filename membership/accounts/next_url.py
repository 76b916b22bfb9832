"""The way back to the article that somebody came from: a path of this host, or nothing."""

from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

# As long as a row can keep.
LONGEST = 2000


def is_path_here(url: str | None) -> bool:
    """Return whether this leads to a path of the host that is asked, and nowhere else."""
    if not url or len(url) > LONGEST or not url.startswith("/"):
        return False
    return url_has_allowed_host_and_scheme(url, allowed_hosts=None)


def way_back(request: HttpRequest) -> str:
    """Return the `next` of a form or an address, "" where it leads anywhere but to a path here."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return wanted if is_path_here(wanted) else ""


def with_next(url: str, way_back: str) -> str:
    """Return the address with the way back as its `next`, where there is one."""
    return f"{url}?{urlencode({'next': way_back})}" if way_back else url


def way_to(way: str, page_path: str) -> str:
    """Return where a way of `membership.states` leads, carrying the way back as `next`."""
    if way == "sign_up_for_pro":
        return with_next(reverse("account_signup"), with_next(reverse("pro"), page_path))
    names = {"sign_up": "account_signup", "sign_in": "account_login", "ask": "billing_ask"}
    return with_next(reverse(names.get(way, way)), page_path)
