"""How many requests of this process may wait for Stripe at once.

A thread that waits for Stripe serves nobody. So at most half of them may, and a quarter for one
tenant: one whose calls take long stops neither its own pages nor another tenant's purchases.

A request takes its slot by its first call and keeps it to its end. So nobody is turned away half
way, and whoever is turned away has changed nothing at Stripe.
"""

import logging
import threading
from collections import Counter
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from billing.stripe_api.errors import StripeBusy
from krate_site.middleware import Middleware
from krate_site.tenancy.sites import current_site

logger = logging.getLogger(__name__)


class WebRequest:
    """A request that may come to wait for Stripe."""

    def __init__(self, site_id: int) -> None:
        self.site_id = site_id
        self.has_slot = False


# None in commands and in the worker, which wait as long as they like.
_request: ContextVar[WebRequest | None] = ContextVar("web_request", default=None)
_lock = threading.Lock()
# How many requests of each tenant have a slot.
_taken: Counter[int] = Counter()


class StripeSlotMiddleware(Middleware):
    """Gives back what a request took."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        waiting = WebRequest(current_site(request).pk)
        token = _request.set(waiting)
        try:
            return self.get_response(request)
        finally:
            _request.reset(token)
            if waiting.has_slot:
                with _lock:
                    _taken[waiting.site_id] -= 1


def take_slot() -> None:
    """Let this request wait for Stripe; raises StripeBusy where too many do already."""
    waiting = _request.get()
    if waiting is None or waiting.has_slot:
        return
    of_all, of_one = max(settings.WEB_THREADS // 2, 1), max(settings.WEB_THREADS // 4, 1)
    with _lock:
        if _taken.total() < of_all and _taken[waiting.site_id] < of_one:
            _taken[waiting.site_id] += 1
            waiting.has_slot = True
            return
        taken = f"{_taken[waiting.site_id]} of this tenant, {_taken.total()} of all"
    logger.warning("Stripe wasn't asked, so many requests wait for it already: %s", taken)
    raise StripeBusy
