"""The API's calls about payment intents: what tests and Stripe's CLI use of them."""

from __future__ import annotations

from . import errors, payment_methods, payments
from .changes import apply
from .world import Object, World

STATE = "payment_intent_unexpected_state"


def create_intent(world: World, params: Object) -> Object:
    customer = params.get("customer")
    if customer:
        world.get("customer", customer, "customer")
    currency = params["currency"].lower()
    intent = payments.new_intent(world, params["amount"], currency, customer)
    apply(intent, params, ("description",))
    if "payment_method" in params:
        method = payment_methods.resolve(world, params["payment_method"])
        intent.update(status="requires_confirmation", payment_method=method["id"])
    return confirm(world, intent) if params.get("confirm") else intent


def confirm(world: World, intent: Object) -> Object:
    if not intent["payment_method"]:
        message = "You cannot confirm this PaymentIntent because it's missing a payment method."
        raise errors.StripeError(message, code=STATE)
    method = world.get("payment_method", intent["payment_method"])
    if payments.attempt(world, intent, method) is None:
        raise payments.last_error(intent)
    return intent


def in_state(world: World, id: str, verb: str, *states: str) -> Object:
    intent = world.get("payment_intent", id)
    if intent["status"] not in states:
        has = intent["status"]
        message = f"You cannot {verb} this PaymentIntent because it has a status of {has}."
        raise errors.StripeError(message, code=STATE)
    return intent


def confirm_intent(world: World, params: Object, id: str) -> Object:
    open_states = ("requires_payment_method", "requires_confirmation")
    intent = in_state(world, id, "confirm", *open_states)
    if "payment_method" in params:
        method = payment_methods.resolve(world, params["payment_method"])
        intent["payment_method"] = method["id"]
    return confirm(world, intent)


def cancel_intent(world: World, params: Object, id: str) -> Object:
    states = ("requires_payment_method", "requires_confirmation", "requires_action", "processing")
    intent = in_state(world, id, "cancel", *states)
    intent.update(status="canceled", canceled_at=world.time_for(intent))
    intent["cancellation_reason"] = params.get("cancellation_reason")
    world.emit("payment_intent.canceled", intent)
    return intent


def create_setup_intent(world: World, params: Object) -> Object:
    """Only the whole of it, confirmed at once, as Stripe's CLI does it."""
    for name in ("customer", "payment_method"):
        if name not in params:
            raise errors.missing(name)
    if not params.get("confirm"):
        raise errors.not_played("a setup intent that isn't confirmed at once", "confirm")
    customer = world.get("customer", params["customer"], "customer")
    method = payment_methods.resolve(world, params["payment_method"])
    payment_methods.attach_to(world, method, customer)
    return payments.set_up(world, customer, method)


def update_intent(world: World, params: Object, id: str) -> Object:
    intent = world.get("payment_intent", id)
    apply(intent, params, ("description",))
    return intent
