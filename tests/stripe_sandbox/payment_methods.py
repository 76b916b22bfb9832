"""Payment methods, and Stripe's test cards: https://docs.stripe.com/testing.

The table of the cards is shapes/test_cards.json: numbers, the pm_card_… and tok_… names, declines.
"""

from dataclasses import dataclass
from typing import Any, Literal

from . import errors, shapes
from .changes import need
from .identifiers import derived_text
from .world import Object, World

Outcome = Literal["succeeded", "requires_action", "processing"]
TABLE = shapes.at_rest("test_cards")
BANK_DEBITS = ("us_bank_account", "sepa_debit")
# Bank accounts, by the end of the number: those whose debit bounces some days later.
# The last is the one by which Stripe's command line triggers async_payment_failed.
FAILING_ACCOUNTS = ("3202", "2227", "000000000009", "IT60X0542811101000000123456")


@dataclass(frozen=True)
class TestCard:
    """`confirms`: when the bank wants 3-D Secure; `decline`: what a charge answers, if not money.

    `refused_at_once` cards can't even be saved; the others fail only when charged.
    """

    brand: str = "visa"
    confirms: Literal["never", "until_set_up", "always"] = "never"
    decline: str | None = None
    refused_at_once: bool = False
    disputed: str | None = None
    funding: str = "credit"
    country: str = "US"


CARDS = {number: TestCard(**facts) for number, facts in TABLE["cards"].items()}


def named(name: str) -> str | None:
    """The number behind `pm_card_visa` or `tok_visa`."""
    kind, _, rest = name.partition("_")
    found = TABLE["names"].get(rest.removeprefix("card_") if kind == "pm" else rest)
    return str(found) if found and kind in ("pm", "tok") else None


def card_for(number: str) -> TestCard:
    if number not in CARDS:
        raise errors.card_declined(decline("test_mode_live_card"))
    return CARDS[number]


def decline(code: str) -> dict[str, str]:
    kind, message = TABLE["declines"][code]
    return {"code": kind, "decline_code": code, "message": message}


def outcome_of(method: Object, *, confirmed: bool = False) -> tuple[Outcome | None, str]:
    """What a charge comes to: an outcome, or None and the decline code.

    `confirmed`: the customer has just passed 3-D Secure for this payment.
    """
    if method["type"] != "card":
        return "processing", ""
    card = card_for(method["_number"])
    must_confirm = card.confirms == "always" or (
        card.confirms == "until_set_up" and not method.get("_set_up")
    )
    if must_confirm and not confirmed:
        return "requires_action", ""
    return (None, card.decline) if card.decline else ("succeeded", "")


def new(world: World, number: str, billing: Object, *, exp: tuple[int, int] = (12, 2034)) -> Object:
    """A card that was typed in, not yet attached to anyone."""
    card, (month, year) = card_for(number), exp
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
    fingerprint = {"fingerprint": derived_text(number, 16), "last4": number[-4:]}
    method[kind] = shapes.at_rest("test_cards")[kind] | fingerprint | facts
    return world.add(method)


def create(world: World, params: Object) -> Object:
    """https://docs.stripe.com/api/payment_methods/create"""
    need(params, "type")
    kind, billing = params["type"], params.get("billing_details") or {}
    details = params.get(kind) or {}
    if kind == "card":
        if "token" not in details:
            raise errors.refused("missing", param="card[token]")
        number = named(details["token"])
        if number is None:
            raise errors.no_such("token", details["token"], param="card[token]")
        method = new(world, number, billing)
    elif kind in BANK_DEBITS:
        number = details.get("iban") or details.get("account_number") or "000123456789"
        method = of_type(world, kind, number, billing)
    else:
        raise errors.not_played(f"the payment method type {kind}", "type")
    method["metadata"] = params.get("metadata") or {}
    return method


def resolve(world: World, id: str, param: str = "payment_method") -> Object:
    """By id, or by one of the test names, each use of which makes a new payment method."""
    number = named(id)
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
    customer = world.get("customer", params["customer"], "customer")
    return attach_to(world, resolve(world, id, "id"), customer)


def attach_to(world: World, method: Object, customer: Object) -> Object:
    if method["customer"] == customer["id"]:
        return method
    if method["customer"]:
        raise errors.refused("attached")
    if problem := refusal_to_save(method):
        raise errors.card_declined(problem)
    method["customer"] = customer["id"]
    world.emit("payment_method.attached", method)
    return method


def refusal_to_save(method: Object) -> dict[str, str] | None:
    """The decline of a card that can't even be saved."""
    card = card_for(method["_number"]) if method["type"] == "card" else TestCard()
    return decline(card.decline) if card.refused_at_once and card.decline else None


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


def is_attached(world: World, params: Object, method: Object) -> bool:
    """For lists."""
    return method["customer"] is not None


def replace_automatically(world: World, method: Object, last4: str = "4444") -> None:
    """The card network reissued the card: `payment_method.automatically_updated`."""
    with world.changing(method, "payment_method.automatically_updated"):
        method["card"].update(last4=last4, exp_year=method["card"]["exp_year"] + 4)
        method["card"]["fingerprint"] = derived_text(last4 + method["id"], 16)
