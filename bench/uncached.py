"""Settings of the site without finished pages: each is made anew, as after every publish."""

from bench.settings import *  # noqa: F403
from bench.settings import CACHES

for name in ("pages", "pages_of_process"):
    CACHES[name] = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
