"""The card form that the hosted pages share: reading and checking what was typed."""

import re
from datetime import UTC, datetime
from typing import Any

from . import payment_methods
from .checkout_completion import DeclinedError
from .errors import StripeError
from .world import Object, World

Form = dict[str, str]


class MistypedError(DeclinedError):
    """A field that can't be right; the page shows the sentence beside it."""

    status = 422

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.shown = {"field": field, "problem": sentence}


def payment_method_from(world: World, form: Form, billing: dict[str, Any]) -> Object:
    if form.get("method") == "bank":
        number = re.sub(r"\D", "", form.get("account_number", ""))
        if len(number) < 4:
            raise MistypedError("account_number", "Your bank account number is incomplete.")
        return payment_methods.of_type(world, "us_bank_account", number, billing)
    number = re.sub(r"\D", "", form.get("card_number", ""))
    if len(number) < 15 or not luhn(number):
        raise MistypedError("card_number", "Your card number is invalid.")
    exp = expiry(form.get("expiry", ""), world.now())
    length = 4 if number.startswith("3") else 3
    if not re.fullmatch(rf"\d{{{length}}}", form.get("cvc", "")):
        raise MistypedError("cvc", "Your card's security code is incomplete.")
    try:
        return payment_methods.new(world, number, billing, exp=exp)
    except StripeError as error:
        raise DeclinedError(error.fields["message"]) from error


def luhn(number: str) -> bool:
    digits = [int(digit) for digit in reversed(number)]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def expiry(text: str, now: int) -> tuple[int, int]:
    found = re.fullmatch(r"\s*(\d{1,2})\s*/?\s*(\d{2}|\d{4})\s*", text)
    if not found or not 1 <= int(found[1]) <= 12:
        raise MistypedError("expiry", "Your card's expiration date is invalid.")
    month, year = int(found[1]), int(found[2]) % 100 + 2000
    today = datetime.fromtimestamp(now, UTC)
    if (year, month) < (today.year, today.month):
        raise MistypedError("expiry", "Your card's expiration date is in the past.")
    return month, year
