"""Production's settings, over http on one machine, with the floor's page type beside the site's own."""

from krate_site.settings.production import *  # noqa: F403
from krate_site.settings.production import CACHES, INSTALLED_APPS, STATIC_ROOT, STORAGES, env

INSTALLED_APPS = [*INSTALLED_APPS, "bench", "bench.floor"]
ROOT_URLCONF = "bench.urls"
# Static files aren't measured: a proxy or CDN has them.
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
# Nobody else's keys in that Redis are read, written or deleted.
for name, cache in CACHES.items():
    cache["KEY_PREFIX"] = f"{env('BENCH_RUN', default='bench')}-{name}"
# Production's warnings about http don't help here.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
