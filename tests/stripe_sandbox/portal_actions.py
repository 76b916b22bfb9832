"""What a customer does in the portal, apart from its pages."""

from typing import Any

from . import cancellation, cards, payment_methods, subscription_updates
from .card_form import Form, payment_method_from
from .checkout_completion import ConfirmationNeededError, DeclinedError
from .payments import set_up
from .world import Object, World


def default_method(world: World, customer: Object) -> Object | None:
    """The customer's, else that of a live subscription, as Checkout leaves it."""
    found = world.find("payment_method", customer["invoice_settings"]["default_payment_method"])
    if found:
        return found
    for subscription in reversed(world.all("subscription", customer=customer["id"])):
        if subscription["status"] not in cancellation.FINAL:
            return world.find("payment_method", subscription["default_payment_method"])
    return None


def save_card(world: World, customer: Object, session: Object, form: Form) -> None:
    billing = {"email": customer["email"], "name": form.get("name") or customer["name"]}
    method = payment_method_from(world, {**form, "method": "card"}, billing)
    card = cards.card_for(method["_number"])
    if card.refused_at_once and card.decline:
        raise DeclinedError(cards.decline(card.decline)["message"])
    if card.confirms != "never":
        session["_waiting"] = method["id"]
        raise ConfirmationNeededError
    use_card(world, customer, method, confirmed=False)


def use_card(world: World, customer: Object, method: Object, *, confirmed: bool) -> None:
    """The new card becomes the default, of the customer and of every live subscription."""
    if confirmed:
        method["_set_up"] = True
    own = "default_payment_method"
    payment_methods.attach_to(world, method, customer)
    set_up(world, customer, method)
    with world.changing(customer):
        customer["invoice_settings"][own] = method["id"]
    for subscription in world.all("subscription", customer=customer["id"]):
        if subscription["status"] not in cancellation.FINAL and subscription[own]:
            world.change(subscription, **{own: method["id"]})


def cancel(world: World, subscription: Object, feature: Object, form: Form) -> int | None:
    """Returns the end, if it is yet to come.

    Since 2025-09-30 the portal sets `cancel_at` alone where billing is flexible:
    https://docs.stripe.com/changelog/clover/2025-09-30.
    """
    told = {"feedback": form.get("reason"), "comment": form.get("comment")}
    told = {name: words or None for name, words in told.items()}
    if feature["mode"] == "immediately":
        cancellation.end(world, subscription, reason="cancellation_requested", **told)
        return None
    end: int = min(item["current_period_end"] for item in subscription["items"]["data"])
    with world.changing(subscription):
        cancellation.schedule_end(world, subscription, end, at_period_end=False, **told)
    return end


def resume(world: World, subscription: Object) -> None:
    """Take a planned cancellation back."""
    if subscription["status"] not in cancellation.FINAL and subscription["cancel_at"]:
        with world.changing(subscription):
            cancellation.take_back(subscription)


def other_prices(world: World, subscription: Object, features: Any) -> list[Object]:
    feature = features["subscription_update"]
    if not feature["enabled"] or "price" not in feature["default_allowed_updates"]:
        return []
    current = subscription["items"]["data"][0]["price"]["id"]
    offered = [price for product in feature["products"] or [] for price in product["prices"]]
    return [world.get("price", id) for id in offered if id != current]


def due_today(world: World, subscription: Object, price: Object, feature: Object) -> int:
    behavior = feature["proration_behavior"]
    item = subscription["items"]["data"][0]
    same = price["recurring"]["interval"] == item["price"]["recurring"]["interval"]
    if subscription["status"] == "trialing" or (same and behavior != "always_invoice"):
        return 0
    items = [{"id": item["id"], "price": price["id"]}]
    details = {"items": items, "proration_behavior": behavior}
    wanted = {"subscription": subscription["id"], "subscription_details": details}
    return int(subscription_updates.preview(world, wanted)["amount_due"])


def switch(
    world: World, customer: Object, subscription: Object, price: str | None, features: Any
) -> None:
    if price not in [offered["id"] for offered in other_prices(world, subscription, features)]:
        raise DeclinedError("Choose a plan.")
    method = default_method(world, customer)
    outcome, code = cards.attempt(method, confirmed=False) if method else (None, "generic_decline")
    if outcome in (None, "requires_action"):
        raise DeclinedError(cards.decline(code or "authentication_required")["message"])
    feature = features["subscription_update"]
    items = [{"id": subscription["items"]["data"][0]["id"], "price": price}]
    params: Object = {"items": items, "proration_behavior": feature["proration_behavior"]}
    if subscription["status"] == "trialing" and feature["trial_update_behavior"] == "end_trial":
        params["trial_end"] = "now"
    subscription_updates.update(world, params, subscription["id"])
