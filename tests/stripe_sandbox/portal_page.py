"""The hosted customer portal. https://docs.stripe.com/customer-management"""

from typing import Any

from . import portal_actions
from .cancellation import FINAL
from .checkout_completion import DeclinedError
from .hosted import HostedPage
from .messages import OverError, Response, see_other
from .words import day
from .world import Object, World

FLOW_PAGES = {
    "payment_method_update": "payment-method",
    "subscription_cancel": "cancel/{}",
    "subscription_update": "update/{}",
}
CARD_CHANGED = "Your payment method has been updated."
GONE = ("This link is over", "Open the portal again from the site that you came from.")


class PortalPage(HostedPage):
    kind, key, template = "billing_portal.session", "_secret", "portal_card.html"

    def __init__(self, world: World, held: Object, path: str, form: dict[str, str]) -> None:
        super().__init__(world, held, path, form)
        configuration = world.get("billing_portal.configuration", held["configuration"])
        self.features: Any = configuration["features"]
        self.customer = world.get("customer", held["customer"])
        self.flow: Any = held["flow"] or {}

    def check(self) -> None:
        if self.customer.get("deleted"):
            raise OverError(*GONE)

    def context(self) -> dict[str, Any]:
        method = portal_actions.default_method(self.world, self.customer)
        return {
            "email": self.customer["email"],
            "return_url": self.held["return_url"],
            "in_flow": bool(self.flow),
            "card": method and method[method["type"]],
            "features": self.features,
        }

    def feature(self, name: str) -> Object:
        found: Object = self.features[name]
        if not found["enabled"]:
            raise OverError(*GONE)
        return found

    def subscription(self, id: str) -> Object:
        found = self.world.find("subscription", id)
        if found is None or found["customer"] != self.customer["id"]:
            raise OverError(*GONE)
        return found

    def described(self, subscription: Object) -> dict[str, Any]:
        item = subscription["items"]["data"][0]
        product = self.world.find("product", item["price"]["product"])
        choices = portal_actions.other_prices(self.world, subscription, self.features)
        return {"subscription": subscription, "item": item, "product": product, "choices": choices}

    def finished(self, words: str) -> str:
        """Where a flow leads to, or back to the portal's first page."""
        after = self.flow.get("after_completion") or {"type": "portal_homepage"}
        if after["type"] == "redirect":
            return str(after["redirect"]["return_url"])
        self.held.update(_done=words, flow=None)
        return self.path

    def get(self, id: str) -> Response:
        if kind := self.flow.get("type"):
            subscription = (self.flow.get(kind) or {}).get("subscription", "")
            return see_other(f"{self.path}/{FLOW_PAGES[kind].format(subscription)}")
        mine = self.world.all("subscription", customer=self.customer["id"])
        invoices = self.world.all("invoice", customer=self.customer["id"])
        return self.page(
            template="portal.html",
            said=self.held.pop("_done", ""),
            plans=[self.described(found) for found in mine if found["status"] not in FINAL],
            invoices=[found for found in reversed(invoices) if found["number"]],
        )

    def get_payment_method(self, id: str) -> Response:
        self.feature("payment_method_update")
        return self.page()

    def post_payment_method(self, id: str) -> Response:
        self.feature("payment_method_update")
        return self.attempt(self.save_card, form=self.form)

    def save_card(self) -> str:
        portal_actions.save_card(self.world, self.customer, self.held, self.form)
        return self.finished(CARD_CHANGED)

    def confirmed(self, method: Object) -> str:
        portal_actions.use_card(self.world, self.customer, method, confirmed=True)
        return self.finished(CARD_CHANGED)

    def get_cancel(self, id: str) -> Response:
        self.feature("subscription_cancel")
        return self.page(template="portal_cancel.html", **self.described(self.subscription(id)))

    def post_cancel(self, id: str) -> Response:
        feature = self.feature("subscription_cancel")
        end = portal_actions.cancel(self.world, self.subscription(id), feature, self.form)
        how = f"will be canceled on {day(end)}" if end else "has been canceled"
        return see_other(self.finished(f"Your subscription {how}."))

    def post_resume(self, id: str) -> Response:
        portal_actions.resume(self.world, self.subscription(id))
        return see_other(self.finished("Your subscription goes on."))

    def get_update(self, id: str) -> Response:
        return self.show_update(id)

    def show_update(self, id: str, status: int = 200, **problem: str) -> Response:
        feature, subscription = self.feature("subscription_update"), self.subscription(id)
        shown = self.described(subscription)
        shown["choices"] = [
            (price, portal_actions.due_today(self.world, subscription, price, feature))
            for price in shown["choices"]
        ]
        return self.page(status, "portal_update.html", **shown, **problem)

    def post_update(self, id: str) -> Response:
        subscription, price = self.subscription(id), self.form.get("price")
        try:
            portal_actions.switch(self.world, self.customer, subscription, price, self.features)
        except DeclinedError as problem:
            return self.show_update(id, 402, problem=str(problem))
        return see_other(self.finished("Your plan has been changed."))
