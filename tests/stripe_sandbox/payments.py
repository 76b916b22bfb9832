"""Money that moves, or doesn't: https://docs.stripe.com/payments/paymentintents/lifecycle"""

from . import errors, payment_methods, shapes
from .changes import apply, need
from .identifiers import random_text
from .periods import DAY
from .resources import present
from .world import Object, World


def new_intent(world: World, amount: int, currency: str, customer: str | None) -> Object:
    made = shapes.new(world, "payment_intent", amount=amount, currency=currency, customer=customer)
    made["client_secret"] = f"{made['id']}_secret_{random_text(25)}"
    return world.add(made, "payment_intent.created")


def attempt(
    world: World, intent: Object, method: Object, *, confirmed: bool = False
) -> payment_methods.Outcome | None:
    """Charge it. None means declined, and `last_payment_error` says why."""
    outcome, code = payment_methods.outcome_of(method, confirmed=confirmed)
    intent.update(next_action=None, last_payment_error=None, payment_method=method["id"])
    if outcome is None:
        fail(world, intent, method, code)
    elif outcome == "requires_action":
        sdk = {"type": "three_d_secure_redirect"}
        intent["next_action"] = {"type": "use_stripe_sdk", "use_stripe_sdk": sdk}
        intent["status"] = "requires_action"
        world.emit("payment_intent.requires_action", intent)
    elif outcome == "processing":
        # A bank debit takes days; see collection.debit_settled.
        intent.update(status="processing", payment_method_types=[method["type"]])
        world.emit("payment_intent.processing", intent)
        days = world.account.options["async_payment_days"]
        world.schedule(world.time_for(intent) + days * DAY, "debit.settles", intent)
    else:
        if confirmed:
            method["_set_up"] = True
        succeed(world, intent, method)
    return outcome


def succeed(world: World, intent: Object, method: Object) -> None:
    charge = new_charge(world, intent, method, "succeeded")
    intent.update(status="succeeded", latest_charge=charge["id"], amount_received=intent["amount"])
    world.emit("charge.succeeded", charge)
    world.emit("payment_intent.succeeded", intent)
    if method["type"] == "card" and (kind := payment_methods.card_for(method["_number"]).disputed):
        open_dispute(world, charge, inquiry=kind == "inquiry")


def fail(world: World, intent: Object, method: Object, code: str) -> None:
    decline = payment_methods.decline(code)
    charge = new_charge(world, intent, method, "failed", decline)
    problem = errors.card_declined(decline, charge=charge["id"], payment_method=present(method))
    intent.update(status="requires_payment_method", payment_method=None, next_action=None)
    intent.update(latest_charge=charge["id"], last_payment_error=problem.fields)
    world.emit("charge.failed", charge)
    world.emit("payment_intent.payment_failed", intent)


def new_charge(
    world: World, intent: Object, method: Object, status: str, decline: Object | None = None
) -> Object:
    amount, paid = intent["amount"], decline is None
    same = ("amount", "currency", "customer", "description", "metadata")
    charge = shapes.new(
        world, "charge", **{name: intent[name] for name in same}, status=status, paid=paid,
        captured=paid, amount_captured=amount if paid else 0, payment_intent=intent["id"],
        billing_details=method["billing_details"], payment_method=method["id"],
        payment_method_details=charge_details(method),
        calculated_statement_descriptor=world.account.display_name[:22].upper(),
    )  # fmt: skip
    if decline:
        charge.update(failure_code=decline["code"], failure_message=decline["message"])
        charge["outcome"] = shapes.at_rest("declined") | {"reason": decline["decline_code"]}
    return world.add(charge)


def charge_details(method: Object) -> Object:
    kind, only = method["type"], payment_methods.TABLE["not_of_a_charge"]
    held = {name: fact for name, fact in method[kind].items() if name not in only}
    if kind == "card":
        held |= {"network": held["brand"], "three_d_secure": None}
    return {"type": kind, kind: held}


def set_up(world: World, customer: Object, method: Object) -> Object:
    """A payment method saved for later: https://docs.stripe.com/api/setup_intents"""
    whose = {"customer": customer["id"], "payment_method": method["id"]}
    made = shapes.new(world, "setup_intent", payment_method_types=[method["type"]], **whose)
    made["client_secret"] = f"{made['id']}_secret_{random_text(30)}"
    world.add(made, "setup_intent.created")
    world.emit("setup_intent.succeeded", made)
    return made


def create_intent(world: World, params: Object) -> Object:
    confirmed_at_once(params, "payment_method")
    if customer := params.get("customer"):
        world.get("customer", customer, "customer")
    intent = new_intent(world, params["amount"], params["currency"].lower(), customer)
    apply(intent, params, "description")
    if attempt(world, intent, payment_methods.resolve(world, params["payment_method"])) is None:
        raise errors.StripeError(**intent["last_payment_error"], status=402)
    return intent


def create_setup_intent(world: World, params: Object) -> Object:
    confirmed_at_once(params, "payment_method", "customer")
    customer = world.get("customer", params["customer"], "customer")
    method = payment_methods.resolve(world, params["payment_method"])
    payment_methods.attach_to(world, method, customer)
    return set_up(world, customer, method)


def confirmed_at_once(params: Object, *names: str) -> None:
    """Intents aren't played step by step, only as Stripe's CLI asks for them."""
    need(params, *names)
    if not params.get("confirm"):
        raise errors.not_played("an intent that isn't confirmed at once", "confirm")


# Money that goes back: https://docs.stripe.com/api/refunds, https://docs.stripe.com/api/disputes


def create_refund(world: World, params: Object) -> Object:
    charge = charge_meant(world, params)
    left = charge["amount_captured"] - charge["amount_refunded"]
    amount = params.get("amount", left)
    if left == 0:
        raise errors.refused("refunded", id=charge["id"])
    if amount > left:
        raise errors.refused("refund_too_large", amount=amount, left=left)
    same = {name: charge[name] for name in ("currency", "payment_intent")}
    refund = shapes.new(world, "refund", **same)
    apply(refund, params)
    refund.update(amount=amount, charge=charge["id"], created=world.time_for(charge))
    world.add(refund)
    with world.changing(charge, "charge.refunded"):
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    world.emit("refund.created", refund)
    return refund


def charge_meant(world: World, params: Object) -> Object:
    if "charge" in params:
        return world.get("charge", params["charge"], "charge")
    need(params, "payment_intent")
    intent = world.get("payment_intent", params["payment_intent"], "payment_intent")
    if intent["status"] != "succeeded":
        raise errors.refused("intent_not_paid", id=intent["id"])
    return world.get("charge", intent["latest_charge"])


def open_dispute(world: World, charge: Object, *, inquiry: bool = False) -> Object:
    same = {name: charge[name] for name in ("amount", "currency", "payment_intent")}
    dispute = shapes.new(world, "dispute", charge=charge["id"], **same)
    dispute["created"] = world.time_for(charge)
    dispute["evidence_details"]["due_by"] = dispute["created"] + 9 * DAY
    if not inquiry:
        dispute.update(status="needs_response", reason="fraudulent", is_charge_refundable=False)
        dispute["payment_method_details"]["card"]["case_type"] = "chargeback"
    charge["disputed"] = True
    return world.add(dispute, "charge.dispute.created")
