"""Payment methods: cards and bank debits. https://docs.stripe.com/api/payment_methods"""

from typing import Any

from . import cards, errors, shapes
from .changes import need
from .identifiers import derived_text
from .world import Object, World

BANK_DEBITS = ("us_bank_account", "sepa_debit")


def new(world: World, number: str, billing: Object, *, exp: tuple[int, int] = (12, 2034)) -> Object:
    """A card that was typed in, not yet attached to anyone."""
    card, (month, year) = cards.card_for(number), exp
    display_brand = "american_express" if card.brand == "amex" else card.brand
    return of_type(
        world, "card", number, billing, brand=card.brand, display_brand=display_brand,
        country=card.country, funding=card.funding, exp_month=month, exp_year=year,
        networks={"available": [card.brand], "preferred": None},
    )  # fmt: skip


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
    need(params, "type")
    details = params.get(kind) or {}
    if kind == "card":
        method = card_of_token(world, details, billing)
    elif kind in BANK_DEBITS:
        number = details.get("iban") or details.get("account_number") or "000123456789"
        method = of_type(world, kind, number, billing)
    else:
        raise errors.not_played(f"the payment method type {kind}", "type")
    method["metadata"] = params.get("metadata") or {}
    return method


def card_of_token(world: World, card: Object, billing: Object) -> Object:
    if "token" not in card:
        raise errors.missing("card[token]")
    number = cards.named(card["token"])
    if number is None:
        raise errors.no_such("token", card["token"], param="card[token]")
    return new(world, number, billing)


def resolve(world: World, id: str, param: str = "payment_method") -> Object:
    """By id, or by one of the test names, each use of which makes a new payment method."""
    number = cards.named(id)
    return new(world, number, {}) if number else world.get("payment_method", id, param)


def take_default(world: World, owner: Object, params: Object) -> None:
    """Of a subscription or an invoice; it must be its customer's."""
    if id := params.get("default_payment_method"):
        method = world.get("payment_method", id, "default_payment_method")
        if method["customer"] != owner["customer"]:
            raise errors.refused("not_the_customers", id=id)
        owner["default_payment_method"] = id


def attach(world: World, params: Object, id: str) -> Object:
    """https://docs.stripe.com/api/payment_methods/attach"""
    method = resolve(world, id, "id")
    return attach_to(world, method, world.get("customer", params["customer"], "customer"))


def attach_to(world: World, method: Object, customer: Object) -> Object:
    if method["customer"] == customer["id"]:
        return method
    if method["customer"]:
        raise errors.refused("attached")
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
        raise errors.refused("not_attached")
    customer = world.get("customer", method["customer"])
    with world.changing(method, "payment_method.detached"):
        method["customer"] = None
    with world.changing(customer):
        if customer["invoice_settings"]["default_payment_method"] == id:
            customer["invoice_settings"]["default_payment_method"] = None
    for subscription in world.all("subscription", default_payment_method=id):
        world.change(subscription, default_payment_method=None)
    return method


def replace_automatically(world: World, method: Object, last4: str = "4444") -> None:
    """The card network reissued the card: `payment_method.automatically_updated`."""
    with world.changing(method, "payment_method.automatically_updated"):
        method["card"].update(last4=last4, exp_year=method["card"]["exp_year"] + 4)
        method["card"]["fingerprint"] = derived_text(last4 + method["id"], 16)
