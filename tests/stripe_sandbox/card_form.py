"""The card form that the hosted pages share: reading and checking what was typed."""

import re
from datetime import UTC, datetime
from typing import Any

from . import payment_methods
from .errors import DeclinedError, StripeError
from .world import Object, World

Form = dict[str, str]


def payment_method_from(world: World, form: Form, billing: dict[str, Any]) -> Object:
    if form.get("method") == "bank":
        number = re.sub(r"\D", "", form.get("account_number", ""))
        if len(number) < 4:
            raise DeclinedError("Your bank account number is incomplete.", "account_number")
        return payment_methods.of_type(world, "us_bank_account", number, billing)
    number = re.sub(r"\D", "", form.get("card_number", ""))
    if len(number) < 15 or not luhn(number):
        raise DeclinedError("Your card number is invalid.", "card_number")
    exp = expiry(form.get("expiry", ""), world.now())
    length = 4 if number.startswith("3") else 3
    if not re.fullmatch(rf"\d{{{length}}}", form.get("cvc", "")):
        raise DeclinedError("Your card's security code is incomplete.", "cvc")
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
        raise DeclinedError("Your card's expiration date is invalid.", "expiry")
    month, year = int(found[1]), int(found[2]) % 100 + 2000
    today = datetime.fromtimestamp(now, UTC)
    if (year, month) < (today.year, today.month):
        raise DeclinedError("Your card's expiration date is in the past.", "expiry")
    return month, year
