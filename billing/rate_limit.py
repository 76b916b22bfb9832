"""How often one account may make us ask Stripe."""

from django.core.cache import cache
from django.http import HttpRequest

from krate_site.tenancy.sites import current_site

PERIOD = 10 * 60


def is_too_often(request: HttpRequest, action: str, *, at_most: int) -> bool:
    """Count one more try of the signed-in account; return whether it was one too many.

    At most so many in ten minutes from the first of them.
    """
    key = f"billing-rate:{action}:{current_site(request).pk}:{request.user.pk}"
    cache.add(key, 0, PERIOD)
    try:
        return cache.incr(key) > at_most
    except ValueError:
        # It ran out between the two statements.
        return False
