"""Refunds and disputes: https://docs.stripe.com/api/refunds, https://docs.stripe.com/api/disputes"""

from . import cards, shapes
from .changes import apply, need
from .errors import refused
from .periods import DAY
from .presentation import present
from .world import Object, World


def create_refund(world: World, params: Object) -> Object:
    charge = charge_meant(world, params)
    left = charge["amount_captured"] - charge["amount_refunded"]
    amount = params.get("amount", left)
    if left == 0:
        raise refused("refunded", id=charge["id"])
    if amount > left:
        raise refused("refund_too_large", amount=amount, left=left)
    same = {name: charge[name] for name in ("currency", "payment_intent")}
    refund = shapes.new(world, "refund", **same)
    apply(refund, params)
    refund.update(amount=amount, charge=charge["id"], created=world.time_for(charge))
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
    need(params, "payment_intent")
    intent = world.get("payment_intent", params["payment_intent"], "payment_intent")
    if intent["status"] != "succeeded":
        raise refused("intent_not_paid", id=intent["id"])
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
