"""Tests: the database and cache of the environment, mail in memory, quick password hashes."""

import os

from .base import *  # noqa: F403
from .base import CACHES, DATABASES, VAR_DIR, env

WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))

SECRET_KEY = "test-only"  # noqa: S105
KRATE_ENCRYPTION_KEYS = ["dGVzdC1vbmx5LW5vdC1hLXNlY3JldC10ZXN0LW9ubHk="]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

if "sqlite" in DATABASES["default"]["ENGINE"]:
    # A file, as in production: threads lock one in memory quite differently.
    DATABASES["default"]["TEST"] = {"NAME": VAR_DIR / "test.sqlite3"}
else:
    # Nobody misses what a power cut takes: commits needn't wait for the disk.
    DATABASES["default"].setdefault("OPTIONS", {})["options"] = "-c synchronous_commit=off"

# Each test process has a media folder and a Redis database of its own, since tests clear them.
MEDIA_ROOT = VAR_DIR / f"test-media-{WORKER}"
if CACHES["default"]["LOCATION"].startswith("redis"):
    server, number = CACHES["default"]["LOCATION"].rsplit("/", 1)
    for name in ("default", "pages", "sessions", "renditions"):
        CACHES[name]["LOCATION"] = f"{server}/{int(number) + WORKER}"

STATIC_ROOT = VAR_DIR / "test-static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
WHITENOISE_USE_FINDERS = True
# Or every test client would look for all of the admin's files before its first request.
WHITENOISE_AUTOREFRESH = True

# Nobody answers here: a test that needs Stripe starts the sandbox.
STRIPE_API_BASE = "http://127.0.0.1:9"
# One process plays many: its tests begin more threads at once than a process of the site has.
WEB_THREADS = env.int("WEB_THREADS", default=400)
