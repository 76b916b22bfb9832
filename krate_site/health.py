"""`/health/live` and `/health/ready`, for load balancers: on any host, by http too, no tenant data."""

from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

from krate_site.middleware import Middleware

LIVE_PATH = "/health/live"
READY_PATH = "/health/ready"


class HealthMiddleware(Middleware):
    """Answers the two health paths before anything else can refuse or redirect them."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path.rstrip("/")
        if path == LIVE_PATH:
            return HttpResponse(
                "ok", content_type="text/plain", headers={"Cache-Control": "no-store"}
            )
        if path == READY_PATH:
            return ready()
        return self.get_response(request)


def ready() -> HttpResponse:
    """Return 200 while the database answers, else 503; both say of database and cache how they are.

    Pages are served without the cache: a balancer that took the box away would serve nobody.
    """
    checks = {"database": database_answers(), "cache": cache_answers()}
    return JsonResponse(
        {name: "ok" if answers else "unavailable" for name, answers in checks.items()},
        status=200 if checks["database"] else 503,
        headers={"Cache-Control": "no-store"},
    )


def database_answers() -> bool:
    """Return whether the database runs a statement."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:  # noqa: BLE001 - whatever the driver raises, the answer is no
        return False
    return True


def cache_answers() -> bool:
    """Return whether the cache gives back what it was given."""
    try:
        cache.set("health", "ok", 10)
        return cache.get("health") == "ok"
    except Exception:  # noqa: BLE001 - whatever the driver raises, the answer is no
        return False
