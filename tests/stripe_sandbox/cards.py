"""Stripe's test cards, and what becomes of a charge to each: https://docs.stripe.com/testing.

The table itself is shapes/test_cards.json: numbers, the pm_card_… and tok_… names, and declines.
"""

from dataclasses import dataclass
from typing import Any, Literal

from . import errors
from .shapes import at_rest

Outcome = Literal["succeeded", "requires_action", "processing"]
TABLE = at_rest("test_cards")
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


def attempt(payment_method: dict[str, Any], *, confirmed: bool) -> tuple[Outcome | None, str]:
    """What a charge comes to: an outcome, or None and the decline code.

    `confirmed`: the customer has just passed 3-D Secure for this payment.
    """
    if payment_method["type"] != "card":
        return "processing", ""
    card = card_for(payment_method["_number"])
    must_confirm = card.confirms == "always" or (
        card.confirms == "until_set_up" and not payment_method.get("_set_up")
    )
    if must_confirm and not confirmed:
        return "requires_action", ""
    return (None, card.decline) if card.decline else ("succeeded", "")
