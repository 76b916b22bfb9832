"""Settings of the ceiling: Django itself, without middleware, but for one that allauth insists on."""

from bench.settings import *  # noqa: F403

MIDDLEWARE = ["allauth.account.middleware.AccountMiddleware"]
