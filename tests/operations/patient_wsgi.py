"""The site as gunicorn serves it, but that it waits for Stripe for as long as a test needs."""

from krate_site.wsgi import application

# isort: split
# After the apps are loaded.
from billing.stripe_api import client
from tests.faults import PATIENCE

client.PATIENCE["person"] = (PATIENCE, 0)

__all__ = ["application"]
