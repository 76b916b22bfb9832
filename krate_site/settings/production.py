"""Production: nothing secret has a default, and everything travels by https."""

import os

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from krate_site.logs import logging_config

from .base import *  # noqa: F403
from .base import KRATE_ENCRYPTION_KEYS, STORAGES, env

DEBUG = False
# Not by `env`, which takes what begins with a dollar sign for the name of another variable.
SECRET_KEY = os.environ.get("SECRET_KEY", "")
if not SECRET_KEY:
    raise ImproperlyConfigured('Set SECRET_KEY; README.md, "Running it", says how to make one.')

if not KRATE_ENCRYPTION_KEYS:
    raise ImproperlyConfigured(
        "Set KRATE_ENCRYPTION_KEYS: the tenants' Stripe keys are stored encrypted by it. "
        'README.md, "Configuration", says how to make one.'
    )
for number, key in enumerate(KRATE_ENCRYPTION_KEYS, start=1):
    try:
        Fernet(key)
    except ValueError as error:
        raise ImproperlyConfigured(
            f"Key {number} in KRATE_ENCRYPTION_KEYS is malformed: {error}"
        ) from None

STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
# Only behind a proxy that sets it itself, and strips what a client sends.
if env.bool("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    # allauth's rate limits count by the visitor's address, not by the proxy's.
    ALLAUTH_TRUSTED_PROXY_COUNT = env.int("PROXY_COUNT", default=1)
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=True)
SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", default=True)
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True

LOGGING = logging_config(json=True, level=env("LOG_LEVEL", default="INFO"))
