"""What happens when a customer presses the button on the checkout page.

https://docs.stripe.com/payments/checkout/how-checkout-works: a subscription comes to be only when
the payment worked, so that a declined card leaves the session open and nothing behind.
"""

from typing import Any

from . import cards, checkout, customers, errors, payment_methods, payments, subscriptions
from .world import Object, World


class DeclinedError(Exception):
    """The page stays, and says this."""

    status = 402

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.shown = {"declined": sentence}


class ConfirmationNeededError(Exception):
    """The bank wants 3-D Secure first."""


def complete(
    world: World, session: Object, method: Object | None, *, confirmed: bool = False
) -> Object:
    """Pay; or raise, with the session still open."""
    if session["status"] != "open":
        raise DeclinedError("This checkout session is no longer open.")
    if method is not None:
        try_out(world, session, method, confirmed=confirmed)
    customer = customer_for(world, session, method)
    if session["mode"] == "subscription":
        subscribe(world, session, customer, method, confirmed)
    else:
        pay_once(world, session, customer, method, confirmed)
    if method is not None and confirmed:
        method["_set_up"] = True
    session.update(status="complete", url=None)
    world.emit("checkout.session.completed", session)
    return session


def try_out(world: World, session: Object, method: Object, *, confirmed: bool) -> None:
    """A refusal is found out before anything is made."""
    outcome, code = cards.attempt(method, confirmed=confirmed)
    if outcome == "requires_action":
        raise ConfirmationNeededError
    is_free = not session["amount_total"]
    if outcome is None and (not is_free or cards.card_for(method["_number"]).refused_at_once):
        record_refusal(world, session, method, code)
        raise DeclinedError(cards.decline(code)["message"])


def record_refusal(world: World, session: Object, method: Object, code: str) -> None:
    amount, currency = session["amount_total"], session["currency"]
    if amount:
        intent = payments.new_intent(world, amount, currency, session["customer"])
        payments.fail(world, intent, method, code)


def customer_for(world: World, session: Object, method: Object | None) -> Object | None:
    """Subscriptions always have a customer; one payment only when asked for."""
    if session["customer"]:
        return world.get("customer", session["customer"])
    known: Any = session["customer_details"] or (method or {}).get("billing_details") or {}
    session["customer_details"] = session["customer_details"] or checkout.details(
        known.get("email"), None, known.get("name")
    )
    if session["mode"] == "payment" and session["customer_creation"] != "always":
        return None
    facts = {name: known[name] for name in ("email", "name") if known.get(name)}
    customer = customers.create(world, facts)
    session["customer"] = customer["id"]
    return customer


def subscribe(
    world: World, session: Object, customer: Any, method: Object | None, confirmed: bool
) -> None:
    if method is not None:
        payment_methods.attach_to(world, method, customer)
    params = {
        **session["_subscription_data"],
        "customer": customer["id"],
        "items": [
            {name: line[name] for name in ("price", "quantity")} for line in session["_lines"]
        ],
        "discounts": session["_discounts"],
        "default_payment_method": method["id"] if method else None,
    }
    subscription = subscriptions.build(world, params)
    session["subscription"] = subscription["id"]
    world.add(subscription, "customer.subscription.created")
    with world.changing(subscription):
        subscriptions.begin(world, subscription, params, payment_method=method, confirmed=confirmed)
    subscriptions.announce_trial_end(world, subscription)
    invoice = world.get("invoice", subscription["latest_invoice"])
    session.update(invoice=invoice["id"], _intent=invoice["_intent"])
    session["payment_status"] = "paid" if invoice["status"] == "paid" else "unpaid"
    if not session["amount_total"] and method is None:
        session["payment_status"] = "no_payment_required"


def pay_once(world: World, session: Object, customer: Any, method: Any, confirmed: bool) -> None:
    data, amount = session["_payment_intent_data"], session["amount_total"]
    intent = payments.new_intent(world, amount, session["currency"], customer and customer["id"])
    intent.update(description=data.get("description"), metadata=data.get("metadata") or {})
    session["payment_intent"] = session["_intent"] = intent["id"]
    payments.attempt(world, intent, method, confirmed=confirmed)
    session["payment_status"] = "paid" if intent["status"] == "succeeded" else "unpaid"


def confirm_payment_page(world: World, params: Object, id: str) -> Object:
    session = world.get("checkout.session", id)
    method = payment_methods.resolve(world, params["payment_method"])
    try:
        return complete(world, session, method)
    except DeclinedError as declined:
        raise errors.StripeError(str(declined), status=402, type="card_error") from declined
    except ConfirmationNeededError:
        return complete(world, session, method, confirmed=True)
