"""Refunds and disputes: https://docs.stripe.com/api/refunds, https://docs.stripe.com/api/disputes"""

from __future__ import annotations

from . import cards, errors, shapes
from .periods import DAY
from .presentation import present
from .world import Object, World


def create_refund(world: World, params: Object) -> Object:
    charge = charge_meant(world, params)
    left = charge["amount_captured"] - charge["amount_refunded"]
    amount = params.get("amount", left)
    if left == 0:
        message = f"Charge {charge['id']} has already been refunded."
        raise errors.StripeError(message, code="charge_already_refunded")
    if amount > left:
        message = f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})."
        raise errors.StripeError(message, param="amount")
    same = {name: charge[name] for name in ("currency", "payment_intent")}
    refund = shapes.new(world, "refund", amount=amount, charge=charge["id"], **same)
    refund.update(created=world.time_for(charge), reason=params.get("reason"))
    refund["metadata"] = params.get("metadata") or {}
    world.add(refund)
    with world.changing(charge, "charge.refunded"):
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        charge["refunds"]["data"].insert(0, present(refund))
    world.emit("refund.created", refund)
    return refund


def charge_meant(world: World, params: Object) -> Object:
    if "charge" in params:
        return world.get("charge", params["charge"], "charge")
    if "payment_intent" not in params:
        raise errors.missing("payment_intent")
    intent = world.get("payment_intent", params["payment_intent"], "payment_intent")
    if intent["status"] != "succeeded":
        message = (
            f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund."
        )
        raise errors.StripeError(message, code="payment_intent_unexpected_state")
    return world.get("charge", intent["latest_charge"])


def open_if_wanted(world: World, charge: Object, payment_method: Object) -> None:
    """Some test cards are disputed right after the charge succeeds."""
    kind = cards.card_for(payment_method["_number"]).disputed
    if kind:
        open_dispute(world, charge, inquiry=kind == "inquiry")


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
