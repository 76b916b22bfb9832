"""The hosted customer portal. https://docs.stripe.com/customer-management"""

from typing import Any

from django.http import HttpResponse

from . import cancellation, payment_methods, subscription_updates
from .errors import ConfirmationNeededError, DeclinedError
from .hosted import Form, HostedPage, payment_method_from
from .messages import OverError, see_other
from .payment_methods import decline, outcome_of
from .payments import set_up
from .words import day
from .world import Object, World

# Pages, and the feature of the portal's configuration that each needs; flows go by these names too.
PAGES = {
    "payment-method": "payment_method_update",
    "cancel": "subscription_cancel",
    "update": "subscription_update",
}
CARD_CHANGED = "Your payment method has been updated."
GONE = ("This link is over", "Open the portal again from the site that you came from.")


class PortalPage(HostedPage):
    kind, key, template = "billing_portal.session", "_secret", "portal_card.html"

    def __init__(self, world: World, held: Object, path: str, form: Form) -> None:
        super().__init__(world, held, path, form)
        configuration = world.get("billing_portal.configuration", held["configuration"])
        self.features: Any = configuration["features"]
        self.customer = world.get("customer", held["customer"])
        self.flow: Any = held["flow"] or {}

    def check(self, action: str | None) -> None:
        is_on = action not in PAGES or self.features[PAGES[action]]["enabled"]
        if self.customer.get("deleted") or not is_on:
            raise OverError(*GONE)

    def context(self) -> dict[str, Any]:
        method = default_method(self.world, self.customer)
        return {
            "email": self.customer["email"],
            "return_url": self.held["return_url"],
            "in_flow": bool(self.flow),
            "card": method and method[method["type"]],
            "features": self.features,
        }

    def subscription(self, id: str) -> Object:
        found = self.world.find("subscription", id)
        if found is None or found["customer"] != self.customer["id"]:
            raise OverError(*GONE)
        return found

    def described(self, subscription: Object) -> dict[str, Any]:
        item = subscription["items"]["data"][0]
        product = self.world.find("product", item["price"]["product"])
        choices = self.other_prices(item)
        return {"subscription": subscription, "item": item, "product": product, "choices": choices}

    def finished(self, words: str) -> str:
        """Where a flow leads to, or back to the portal's first page."""
        after = self.flow.get("after_completion") or {"type": "portal_homepage"}
        if after["type"] == "redirect":
            return str(after["redirect"]["return_url"])
        self.held.update(_done=words, flow=None)
        return self.path

    def get(self, id: str) -> HttpResponse:
        for page, kind in PAGES.items():
            if kind == self.flow.get("type"):
                subscription = (self.flow.get(kind) or {}).get("subscription", "")
                return see_other(f"{self.path}/{page}/{subscription}".rstrip("/"))
        invoices = self.world.all("invoice", customer=self.customer["id"])
        return self.page(
            template="portal.html",
            said=self.held.pop("_done", ""),
            plans=[
                self.described(found) for found in live_subscriptions(self.world, self.customer)
            ],
            invoices=[found for found in reversed(invoices) if found["number"]],
        )

    # The payment method

    def get_payment_method(self, id: str) -> HttpResponse:
        return self.page()

    def post_payment_method(self, id: str) -> HttpResponse:
        return self.attempt(self.save_card)

    def save_card(self) -> str:
        name = self.form.get("name") or self.customer["name"]
        billing = {"email": self.customer["email"], "name": name}
        method = payment_method_from(self.world, {**self.form, "method": "card"}, billing)
        if problem := payment_methods.refusal_to_save(method):
            raise DeclinedError(problem["message"])
        if payment_methods.card_for(method["_number"]).confirms != "never":
            self.held["_waiting"] = method["id"]
            raise ConfirmationNeededError
        use_card(self.world, self.customer, method, confirmed=False)
        return self.finished(CARD_CHANGED)

    def confirmed(self, method: Object) -> str:
        use_card(self.world, self.customer, method, confirmed=True)
        return self.finished(CARD_CHANGED)

    # The end of a plan

    def get_cancel(self, id: str) -> HttpResponse:
        return self.page(template="portal_cancel.html", **self.described(self.subscription(id)))

    def post_cancel(self, id: str) -> HttpResponse:
        """Since 2025-09-30 the portal sets `cancel_at` alone where billing is flexible.

        https://docs.stripe.com/changelog/clover/2025-09-30
        """
        subscription = self.subscription(id)
        said = {"feedback": self.form.get("reason"), "comment": self.form.get("comment")}
        told = {name: words or None for name, words in said.items()}
        if self.features["subscription_cancel"]["mode"] == "immediately":
            cancellation.end(self.world, subscription, reason="cancellation_requested", **told)
            return see_other(self.finished("Your subscription has been canceled."))
        end = min(item["current_period_end"] for item in subscription["items"]["data"])
        with self.world.changing(subscription):
            cancellation.schedule_end(self.world, subscription, end, at_period_end=False, **told)
        return see_other(self.finished(f"Your subscription will be canceled on {day(end)}."))

    def post_resume(self, id: str) -> HttpResponse:
        """Take a planned cancellation back."""
        subscription = self.subscription(id)
        if subscription["status"] not in cancellation.FINAL and subscription["cancel_at"]:
            with self.world.changing(subscription):
                cancellation.take_back(self.world, subscription)
        return see_other(self.finished("Your subscription goes on."))

    # Another plan

    def get_update(self, id: str) -> HttpResponse:
        return self.page(template="portal_update.html", **self.choices(id))

    def post_update(self, id: str) -> HttpResponse:
        shown = self.choices(id)
        return self.attempt(lambda: self.switch(id), template="portal_update.html", **shown)

    def choices(self, id: str) -> dict[str, Any]:
        shown = self.described(self.subscription(id))
        shown["choices"] = [
            (price, self.due_today(shown["subscription"], shown["item"], price))
            for price in shown["choices"]
        ]
        return shown

    def switch(self, id: str) -> str:
        subscription, price = self.subscription(id), self.form.get("price")
        item = subscription["items"]["data"][0]
        if price not in [offered["id"] for offered in self.other_prices(item)]:
            raise DeclinedError("Choose a plan.")
        method = default_method(self.world, self.customer)
        outcome, code = outcome_of(method) if method else (None, "generic_decline")
        if outcome in (None, "requires_action"):
            raise DeclinedError(decline(code or "authentication_required")["message"])
        feature = self.features["subscription_update"]
        params: Object = {
            "items": [{"id": item["id"], "price": price}],
            "proration_behavior": feature["proration_behavior"],
        }
        if subscription["status"] == "trialing" and feature["trial_update_behavior"] == "end_trial":
            params["trial_end"] = "now"
        subscription_updates.update(self.world, params, id)
        return self.finished("Your plan has been changed.")

    def other_prices(self, item: Object) -> list[Object]:
        feature = self.features["subscription_update"]
        if not feature["enabled"] or "price" not in feature["default_allowed_updates"]:
            return []
        offered = [price for product in feature["products"] or [] for price in product["prices"]]
        return [self.world.get("price", id) for id in offered if id != item["price"]["id"]]

    def due_today(self, subscription: Object, item: Object, price: Object) -> int:
        behavior = self.features["subscription_update"]["proration_behavior"]
        same = price["recurring"]["interval"] == item["price"]["recurring"]["interval"]
        if subscription["status"] == "trialing" or (same and behavior != "always_invoice"):
            return 0
        items = [{"id": item["id"], "price": price["id"]}]
        details = {"items": items, "proration_behavior": behavior}
        wanted = {"subscription": subscription["id"], "subscription_details": details}
        return int(subscription_updates.preview(self.world, wanted)["amount_due"])


def live_subscriptions(world: World, customer: Object) -> list[Object]:
    mine = world.all("subscription", customer=customer["id"])
    return [found for found in mine if found["status"] not in cancellation.FINAL]


def default_method(world: World, customer: Object) -> Object | None:
    """The customer's, else that of the newest live subscription, as Checkout leaves it."""
    ids = [found["default_payment_method"] for found in live_subscriptions(world, customer)[-1:]]
    own = customer["invoice_settings"]["default_payment_method"]
    return world.find("payment_method", own or (ids[0] if ids else None))


def use_card(world: World, customer: Object, method: Object, *, confirmed: bool) -> None:
    """The new card becomes the default, of the customer and of every live subscription."""
    if confirmed:
        method["_set_up"] = True
    payment_methods.attach_to(world, method, customer)
    set_up(world, customer, method)
    with world.changing(customer):
        customer["invoice_settings"]["default_payment_method"] = method["id"]
    for subscription in live_subscriptions(world, customer):
        if subscription["default_payment_method"]:
            world.change(subscription, default_payment_method=method["id"])
