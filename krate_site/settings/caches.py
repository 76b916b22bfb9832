"""Which caches there are, and where sessions are kept."""

from typing import Any

Caches = dict[str, dict[str, Any]]

OF_PROCESS = "django.core.cache.backends.locmem.LocMemCache"
OF_FINISHED_PAGES = "krate_site.cache_backends.LocMemCacheOfFrozen"
# By what `CACHE_URL=redis://…` comes, and what it is to be.
DJANGOS_REDIS = "django.core.cache.backends.redis.RedisCache"
REDIS = "krate_site.cache_backends.RedisCache"
REDIS_OF_COPIES = "krate_site.cache_backends.RedisCacheOfCopies"
REDIS_OF_SESSIONS = "krate_site.cache_backends.RedisCacheOfSessions"
# Seconds that a reader waits for it, at most; what stands in `CACHE_URL` wins.
REACHING = {"socket_connect_timeout": 1, "socket_timeout": 1}


def is_of_process(caches: Caches) -> bool:
    """Return whether each process has a cache of its own, which no other sees."""
    return bool(caches["default"]["BACKEND"] == OF_PROCESS)


def caches_beside(default: dict[str, Any]) -> Caches:
    """Return all caches, with this one for rate limits and what else isn't named."""
    copies: Caches = {}
    pages = {"KEY_PREFIX": "pages"}
    if default["BACKEND"] == DJANGOS_REDIS:
        default["BACKEND"] = REDIS
        default["OPTIONS"] = {**REACHING, **default.get("OPTIONS", {})}
        # Sessions and images' sizes stand in the database: nobody is kept out while Redis is away.
        copies["sessions"] = {**default, "BACKEND": REDIS_OF_SESSIONS}
        copies["renditions"] = {**default, "BACKEND": REDIS_OF_COPIES}
        pages["BACKEND"] = REDIS_OF_COPIES
    caches: Caches = {
        **copies,
        "default": default,
        # The same for all processes; not asked where the cache is each process's own.
        "pages": {**default, **pages},
        # Finished pages, which never push sessions or rate limits out; see docs/caching.md.
        "pages_of_process": {
            "BACKEND": OF_FINISHED_PAGES,
            "LOCATION": "pages",
            "OPTIONS": {"MAX_ENTRIES": 1_000},  # some 15 MB in each process
        },
    }
    if is_of_process(caches):
        # Whoever opens session after session, as anybody may, must not push out his rate limit.
        default["OPTIONS"] = {"MAX_ENTRIES": 10_000}
        caches["sessions"] = {**default, "LOCATION": "sessions"}
    return caches


def sessions_in(caches: Caches, *, processes: int) -> tuple[str, str]:
    """Return the engine of sessions, and by which cache it goes.

    Where several processes share none, each would go on with a session that was ended in another.
    """
    if is_of_process(caches) and processes > 1:
        return "django.contrib.sessions.backends.db", "default"
    alias = "sessions" if "sessions" in caches else "default"
    return "django.contrib.sessions.backends.cached_db", alias
