"""Embedded defaults for one machine: the demo and development. Never for the open internet."""

import os

from .base import *  # noqa: F403
from .base import INSTALLED_APPS, STATIC_ROOT, VAR_DIR, env

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = os.environ.get("SECRET_KEY", "development-only-not-a-secret")
KRATE_ENCRYPTION_KEYS = env.list(
    "KRATE_ENCRYPTION_KEYS", default=["ZGV2ZWxvcG1lbnQtb25seS1ub3QtYS1zZWNyZXQtISE="]
)
STRIPE_API_BASE = env("STRIPE_API_BASE", default="http://127.0.0.1:12111")

INSTALLED_APPS = ["demo", "bench", *INSTALLED_APPS]

VAR_DIR.mkdir(parents=True, exist_ok=True)
STATIC_ROOT.mkdir(exist_ok=True)  # WhiteNoise wants it there, though it serves from the sources

WHITENOISE_USE_FINDERS = True
