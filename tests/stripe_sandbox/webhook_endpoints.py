"""Webhook endpoints: https://docs.stripe.com/api/webhook_endpoints"""

from __future__ import annotations

from . import errors, shapes
from .changes import apply
from .identifiers import random_text
from .world import Object, World

MOST = 16
FIELDS = ("description", "enabled_events", "url")


def create(world: World, params: Object) -> Object:
    """The only answer that ever shows the secret."""
    check_url(params["url"])
    if len(world.table("webhook_endpoint")) >= MOST:
        message = f"You have reached the maximum of {MOST} {world.mode} webhook endpoints."
        raise errors.StripeError(message)
    secret = "whsec_" + random_text(32)
    endpoint = shapes.new(world, "webhook_endpoint", _secrets=[secret])
    apply(endpoint, params, (*FIELDS, "api_version"))
    return {**world.add(endpoint), "secret": secret}


def check_url(url: str) -> None:
    if not url.startswith(("http://", "https://")):
        raise errors.StripeError("Not a valid URL", param="url", code="url_invalid")


def roll_secret(endpoint: Object) -> str:
    """A new secret; the old one signs too, as Stripe does for up to 24 hours when asked to."""
    endpoint["_secrets"] = ["whsec_" + random_text(32), endpoint["_secrets"][0]]
    return str(endpoint["_secrets"][0])


def retire_old_secret(endpoint: Object) -> None:
    endpoint["_secrets"] = endpoint["_secrets"][:1]


def update(world: World, params: Object, id: str) -> Object:
    endpoint = world.get("webhook_endpoint", id)
    if "url" in params:
        check_url(params["url"])
    apply(endpoint, params, FIELDS)
    if "disabled" in params:
        endpoint["status"] = "disabled" if params["disabled"] else "enabled"
    return endpoint


def delete(world: World, params: Object, id: str) -> Object:
    return world.delete(world.get("webhook_endpoint", id))


def subscribed(world: World, type: str) -> list[Object]:
    return [
        endpoint
        for endpoint in world.all("webhook_endpoint", status="enabled")
        if type in endpoint["enabled_events"] or "*" in endpoint["enabled_events"]
    ]
