"""Payment methods: cards and bank debits. https://docs.stripe.com/api/payment_methods"""

from __future__ import annotations

from typing import Any

from . import cards, errors, shapes
from .changes import apply
from .identifiers import derived_text
from .listing import list_of
from .world import Object, World

BANK_DEBITS = ("us_bank_account", "sepa_debit")
STATE = "payment_method_unexpected_state"


def new(world: World, number: str, billing: Object, *, exp: tuple[int, int] = (12, 2034)) -> Object:
    """A card that was typed in, not yet attached to anyone."""
    card = cards.card_for(number)
    return of_type(
        world,
        "card",
        number,
        billing,
        brand=card.brand,
        display_brand="american_express" if card.brand == "amex" else card.brand,
        country=card.country,
        funding=card.funding,
        exp_month=exp[0],
        exp_year=exp[1],
        networks={"available": [card.brand], "preferred": None},
    )


def of_type(world: World, kind: str, number: str, billing: Object, **facts: Any) -> Object:
    method = shapes.new(world, "payment_method", type=kind, _number=number)
    address = method["billing_details"]["address"] | (billing.get("address") or {})
    known = {name: billing.get(name) for name in ("email", "name", "phone")}
    method["billing_details"].update(known, address=address)
    fingerprint = derived_text(number, 16)
    held = shapes.at_rest("test_cards")[kind] | {"fingerprint": fingerprint, "last4": number[-4:]}
    method[kind] = held | facts
    return world.add(method)


def create(world: World, params: Object) -> Object:
    kind, billing = params.get("type"), params.get("billing_details") or {}
    if kind is None:
        raise errors.missing("type")
    details = params.get(kind) or {}
    if kind == "card":
        method = typed_card(world, details, billing)
    elif kind in BANK_DEBITS:
        number = details.get("iban") or details.get("account_number") or "000123456789"
        method = of_type(world, kind, number, billing)
    else:
        raise errors.not_played(f"the payment method type {kind}", "type")
    method["metadata"] = params.get("metadata") or {}
    return method


def typed_card(world: World, card: Object, billing: Object) -> Object:
    if "token" in card:
        number = cards.named(card["token"])
        if number is None:
            raise errors.no_such("token", card["token"], param="card[token]")
        return new(world, number, billing)
    if "number" not in card:
        raise errors.missing("card[number]")
    exp = (card.get("exp_month", 12), card.get("exp_year", 2034))
    return new(world, card["number"].replace(" ", ""), billing, exp=exp)


def resolve(world: World, id: str, param: str = "payment_method") -> Object:
    """By id, or by one of the test names, each use of which makes a new payment method."""
    if id.startswith("pm_usBankAccount"):
        return of_type(world, "us_bank_account", "000123456789", {})
    number = cards.named(id)
    return new(world, number, {}) if number else world.get("payment_method", id, param)


def attach(world: World, params: Object, id: str) -> Object:
    """https://docs.stripe.com/api/payment_methods/attach"""
    method = resolve(world, id, "id")
    return attach_to(world, method, world.get("customer", params["customer"], "customer"))


def attach_to(world: World, method: Object, customer: Object) -> Object:
    if method["customer"] == customer["id"]:
        return method
    if method["customer"]:
        message = "The payment method you provided has already been attached to a customer."
        raise errors.StripeError(message, code=STATE)
    if method["type"] == "card":
        card = cards.card_for(method["_number"])
        if card.refused_at_once and card.decline:
            raise errors.card_declined(cards.decline(card.decline))
    method["customer"] = customer["id"]
    world.emit("payment_method.attached", method)
    return method


def detach(world: World, params: Object, id: str) -> Object:
    method = world.get("payment_method", id)
    if not method["customer"]:
        message = (
            "The payment method you provided is not attached to a customer so detachment is "
            "impossible."
        )
        raise errors.StripeError(message, code=STATE)
    customer = world.get("customer", method["customer"])
    with world.changing(method, "payment_method.detached"):
        method["customer"] = None
    with world.changing(customer, "customer.updated"):
        if customer["invoice_settings"]["default_payment_method"] == id:
            customer["invoice_settings"]["default_payment_method"] = None
    for subscription in world.all("subscription", default_payment_method=id):
        with world.changing(subscription, "customer.subscription.updated"):
            subscription["default_payment_method"] = None
    return method


def update(world: World, params: Object, id: str) -> Object:
    method = world.get("payment_method", id)
    with world.changing(method, "payment_method.updated"):
        apply(method, params, ("allow_redisplay",))
        method["billing_details"].update(params.get("billing_details") or {})
        expiry = {k: v for k, v in (params.get("card") or {}).items() if k.startswith("exp_")}
        method["card"].update(expiry)
    return method


def is_attached(world: World, params: Object, method: Object) -> bool:
    return method["customer"] is not None


def list_for_customer(world: World, params: Object, customer: str) -> Object:
    world.get("customer", customer)
    url = f"/v1/customers/{customer}/payment_methods"
    wanted = {**params, "customer": customer}
    return list_of(world, "payment_method", wanted, url, equal=("customer", "type"))


def retrieve_for_customer(world: World, params: Object, customer: str, id: str) -> Object:
    method = world.get("payment_method", id)
    if method["customer"] != customer:
        raise errors.no_such("payment_method", id)
    return method


def replace_automatically(world: World, method: Object, last4: str) -> None:
    """The card network reissued the card: `payment_method.automatically_updated`."""
    with world.changing(method, "payment_method.automatically_updated"):
        method["card"].update(last4=last4, exp_year=method["card"]["exp_year"] + 4)
        method["card"]["fingerprint"] = derived_text(last4 + method["id"], 16)
