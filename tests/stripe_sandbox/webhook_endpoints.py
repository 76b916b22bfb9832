"""Webhook endpoints, and which events they want: https://docs.stripe.com/api/webhook_endpoints"""

import fnmatch

from . import shapes
from .changes import apply
from .errors import refused
from .identifiers import random_text
from .world import Object, World

MOST = 16


def create(world: World, params: Object) -> Object:
    """The only answer that ever shows the secret."""
    check_url(params["url"])
    if len(world.table("webhook_endpoint")) >= MOST:
        raise refused("too_many_endpoints", most=MOST, mode=world.mode)
    secret = "whsec_" + random_text(32)
    endpoint = shapes.new(world, "webhook_endpoint", _secrets=[secret])
    apply(endpoint, params)
    return {**world.add(endpoint), "secret": secret}


def check_url(url: str) -> None:
    if not url.startswith(("http://", "https://")):
        raise refused("no_url", param="url")


def roll_secret(world: World, endpoint: Object, retire: str = "") -> str:
    """A new secret; the old one signs too, for up to 24 hours at Stripe, here until it retires."""
    new = [] if retire else ["whsec_" + random_text(32)]
    endpoint["_secrets"] = [*new, endpoint["_secrets"][0]]
    return str(endpoint["_secrets"][0])


def update(world: World, params: Object, id: str) -> Object:
    endpoint = world.get("webhook_endpoint", id)
    check_url(params.get("url", endpoint["url"]))
    apply(endpoint, params)
    if "disabled" in params:
        endpoint["status"] = "disabled" if params["disabled"] else "enabled"
    return endpoint


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
