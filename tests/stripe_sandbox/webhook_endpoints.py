"""Webhook endpoints, and which events they want: https://docs.stripe.com/api/webhook_endpoints"""

import fnmatch

from . import shapes
from .changes import apply
from .errors import refused
from .identifiers import random_text
from .world import Object, World


def create(world: World, params: Object) -> Object:
    """The only answer that ever shows the secret."""
    secret = "whsec_" + random_text(32)
    endpoint = shapes.new(world, "webhook_endpoint", _secrets=[secret])
    change(world, endpoint, params)
    return {**world.add(endpoint), "secret": secret}


def change(world: World, endpoint: Object, params: Object) -> None:
    if not params.get("url", endpoint["url"]).startswith(("http://", "https://")):
        raise refused("no_url", param="url")
    apply(endpoint, params)
    if "disabled" in params:
        endpoint["status"] = "disabled" if params["disabled"] else "enabled"


def roll_secret(world: World, endpoint: Object, retire: str = "") -> str:
    """A new secret; the old one signs too, for up to 24 hours at Stripe, here until it retires."""
    new = [] if retire else ["whsec_" + random_text(32)]
    endpoint["_secrets"] = [*new, endpoint["_secrets"][0]]
    return str(endpoint["_secrets"][0])


def subscribed(world: World, type: str) -> list[Object]:
    return [
        endpoint
        for endpoint in world.all("webhook_endpoint", status="enabled")
        if type in endpoint["enabled_events"] or "*" in endpoint["enabled_events"]
    ]


def is_event_wanted(world: World, params: Object, event: Object) -> bool:
    """A type may end in an asterisk: `customer.subscription.*`."""
    is_delivered = event["pending_webhooks"] == 0
    types = params.get("types") or [params.get("type", "*")]
    return params.get("delivery_success", is_delivered) == is_delivered and any(
        fnmatch.fnmatchcase(event["type"], type) for type in types
    )
