"""What the hosted pages have in common: found by a secret, they ask for a card and its 3-D Secure."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Self

from django.http import HttpRequest, HttpResponse

from . import payment_methods
from .controls import Controls
from .errors import ConfirmationNeededError, DeclinedError, StripeError
from .messages import OverError, render, see_other
from .world import Object, World

Form = dict[str, str]


class HostedPage:
    """A request for a page: its methods are named for the HTTP method and the path's last part."""

    kind: str  # of the object that the page is about,
    key: str  # found by this field
    template: str

    def __init__(self, world: World, held: Object, path: str, form: Form) -> None:
        self.world, self.held, self.path, self.form = world, held, path, form

    @classmethod
    def find(cls, sandbox: Controls, key: str, form: Form, path: str = "") -> Self:
        for world in sandbox.worlds():
            for held in world.all(cls.kind, **{cls.key: key}):
                return cls(world, held, path, form)
        raise OverError

    @classmethod
    def visit(
        cls, sandbox: Controls, request: HttpRequest, method: str, path: str, key: str,
        action: str | None, id: str | None,
    ) -> HttpResponse:  # fmt: skip
        """Answer with the method for this path."""
        page = cls.find(sandbox, key, request.POST.dict(), path)
        name = "_".join([method.lower(), *(action.split("-") if action else ())])
        answer = getattr(page, name, None)
        if answer is None:
            raise OverError
        with page.world.lock:
            sandbox.run_due(page.world)
            page.check(action)
            if method == "POST":
                sandbox.is_changed.set()
            return answer(id)

    def check(self, action: str | None) -> None:
        """Raise OverError where the link leads nowhere any more."""

    def context(self) -> dict[str, Any]:
        return {}

    def page(self, status: int = 200, template: str = "", **more: Any) -> HttpResponse:
        account, live = self.world.account.display_name, self.world.livemode
        context = {"account": account, "livemode": live, "path": self.path, **self.context()}
        return render(template or self.template, status, **context, **more)

    def attempt(self, pay: Callable[[], str], **again: Any) -> HttpResponse:
        """Go where `pay` leads; mistakes and refusals are said on the page."""
        try:
            return see_other(pay())
        except DeclinedError as problem:
            return self.page(problem.status, form=self.form, **problem.shown, **again)
        except ConfirmationNeededError:
            return see_other(f"{self.path}/confirm")

    def get(self, id: str) -> HttpResponse:
        return self.page()

    def get_confirm(self, id: str) -> HttpResponse:
        self.waiting()
        return self.page(template="confirm.html")

    def post_confirm(self, id: str) -> HttpResponse:
        return self.attempt(lambda: self.answer_challenge(self.form.get("result") == "complete"))

    def waiting(self) -> Object:
        """The payment method whose bank wants 3-D Secure."""
        method = self.world.find("payment_method", self.held.get("_waiting"))
        if method is None:
            raise OverError
        return method

    def answer_challenge(self, passed: bool) -> str:
        method = self.waiting()
        del self.held["_waiting"]
        if not passed:
            self.refused(method)
            raise DeclinedError(payment_methods.decline("authentication_failed")["message"])
        return self.confirmed(method)

    def refused(self, method: Object) -> None:
        """3-D Secure failed."""

    def confirmed(self, method: Object) -> str:
        """3-D Secure passed; returns where to go."""
        raise OverError


def payment_method_from(world: World, form: Form, billing: Object) -> Object:
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
