"""A visit to the portal: whose it is, what the configuration offers, what there is to show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .cancellation import FINAL
from .messages import Response, see_other
from .money import price_text
from .pages import render, when
from .world import Object, World

if TYPE_CHECKING:
    from .server import Sandbox


class Visit:
    """One portal session with what its pages need."""

    def __init__(self, world: World, session: Object) -> None:
        self.world, self.session = world, session
        self.customer = world.get("customer", session["customer"])
        configuration = world.get("billing_portal.configuration", session["configuration"])
        self.features: Any = configuration["features"]
        self.path = f"/p/session/{session['_secret']}"
        self.flow: Any = session["flow"] or {}

    def can(self, feature: str) -> bool:
        return bool(self.features[feature]["enabled"])

    def subscription(self, id: str) -> Object | None:
        found = self.world.find("subscription", id)
        return found if found and found["customer"] == self.customer["id"] else None

    def subscriptions(self) -> list[Object]:
        mine = self.world.all("subscription", customer=self.customer["id"])
        return [found for found in mine if found["status"] not in FINAL]

    def render(self, template: str, status: int = 200, **context: Any) -> Response:
        return render(
            template, status, account=self.world.account.display_name,
            livemode=self.world.livemode, path=self.path, email=self.customer["email"],
            return_url=self.session["return_url"], in_flow=bool(self.flow), **context,
        )  # fmt: skip

    def finished(self, words: str) -> Response:
        """Where a flow leads to, or back to the portal's first page."""
        after = self.flow.get("after_completion") or {"type": "portal_homepage"}
        if after["type"] == "redirect":
            return see_other(after["redirect"]["return_url"])
        self.session["_done"] = words
        if after["type"] == "hosted_confirmation":
            own = (after["hosted_confirmation"] or {}).get("custom_message")
            self.session["_done"] = own or words
            return see_other(f"{self.path}/done")
        self.session["flow"] = None
        return see_other(self.path)


def visit(sandbox: Sandbox, secret: str) -> Visit | None:
    for world in sandbox.worlds():
        if not secret.startswith(world.mode):
            continue
        for session in world.all("billing_portal.session", _secret=secret):
            with world.lock:
                sandbox.run_due(world)
            if "_was" not in world.get("customer", session["customer"]):
                return Visit(world, session)
    return None


def gone() -> Response:
    return render(
        "message.html", 404, title="This link is over",
        text="Open the portal again from the site that you came from.",
    )  # fmt: skip


def described(here: Visit, subscription: Object) -> dict[str, Any]:
    item = subscription["items"]["data"][0]
    product = here.world.find("product", item["price"]["product"]) or {}
    return {
        "id": subscription["id"],
        "name": product.get("name", ""),
        "price": price_text(item["price"]),
        "standing": standing(subscription, item),
        "is_ending": bool(subscription["cancel_at"]),
        "can_cancel": here.can("subscription_cancel") and not subscription["cancel_at"],
        "can_update": bool(other_prices(here, subscription)) and not subscription["cancel_at"],
    }


def standing(subscription: Object, item: Object) -> str:
    end = when(item["current_period_end"])
    if subscription["cancel_at"]:
        return f"Cancels on {when(subscription['cancel_at'])}"
    return {
        "trialing": f"Trial until {end}",
        "active": f"Renews on {end}",
        "past_due": "Payment failed: please update your card",
        "unpaid": "Unpaid",
        "paused": "Paused",
        "incomplete": "Waiting for the first payment",
    }[subscription["status"]]


def other_prices(here: Visit, subscription: Object) -> list[Object]:
    feature = here.features["subscription_update"]
    if not feature["enabled"] or "price" not in feature["default_allowed_updates"]:
        return []
    current = subscription["items"]["data"][0]["price"]["id"]
    offered = [price for product in feature["products"] or [] for price in product["prices"]]
    return [here.world.get("price", id) for id in offered if id != current]
