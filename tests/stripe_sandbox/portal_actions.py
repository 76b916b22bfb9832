"""What a customer does in the portal, apart from its pages."""

from __future__ import annotations

from typing import Any

from . import cancellation, cards, payment_methods, subscription_updates
from .card_form import Form, message_for, payment_method_from
from .checkout_completion import ConfirmationNeededError, DeclinedError
from .pages import when
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
        raise DeclinedError(message_for(card.decline))
    if card.confirms != "never":
        session["_waiting"] = method["id"]
        raise ConfirmationNeededError
    use_card(world, customer, method, confirmed=False)


def use_card(world: World, customer: Object, method: Object, *, confirmed: bool) -> None:
    """The new card becomes the default, of the customer and of every live subscription."""
    if confirmed:
        method["_set_up"] = True
    payment_methods.attach_to(world, method, customer)
    set_up(world, customer, method)
    with world.changing(customer, "customer.updated"):
        customer["invoice_settings"]["default_payment_method"] = method["id"]
    for subscription in world.all("subscription", customer=customer["id"]):
        if subscription["status"] not in cancellation.FINAL:
            with world.changing(subscription, "customer.subscription.updated"):
                if subscription["default_payment_method"]:
                    subscription["default_payment_method"] = method["id"]


def cancel(world: World, subscription: Object, feature: Object, form: Form) -> str:
    """Since 2025-09-30 the portal sets `cancel_at` alone where billing is flexible.

    https://docs.stripe.com/changelog/clover/2025-09-30: cancel_at_period_end stays false.
    """
    reason: Any = form.get("reason") or None
    comment = form.get("comment") or None
    if feature["mode"] == "immediately":
        cancellation.end(
            world, subscription, reason="cancellation_requested", feedback=reason, comment=comment
        )
        return "Your subscription has been canceled."
    end = min(item["current_period_end"] for item in subscription["items"]["data"])
    with world.changing(subscription, "customer.subscription.updated"):
        cancellation.schedule_end(
            world, subscription, end, feedback=reason, comment=comment,
            at_period_end=subscription["billing_mode"]["type"] == "classic",
        )  # fmt: skip
    return f"Your subscription will be canceled on {when(end)}."


def resume(world: World, subscription: Object) -> None:
    """Take a planned cancellation back."""
    if subscription["status"] not in cancellation.FINAL and subscription["cancel_at"]:
        with world.changing(subscription, "customer.subscription.updated"):
            cancellation.schedule_end(world, subscription, None)


def switch(world: World, subscription: Object, price: str, feature: Object) -> None:
    item = subscription["items"]["data"][0]
    params: Object = {
        "items": [{"id": item["id"], "price": price}],
        "proration_behavior": feature["proration_behavior"],
    }
    if subscription["status"] == "trialing" and feature["trial_update_behavior"] == "end_trial":
        params["trial_end"] = "now"
    subscription_updates.update(world, params, subscription["id"])
