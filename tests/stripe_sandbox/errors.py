"""Stripe's errors; their words are in refusals.toml. https://docs.stripe.com/api/errors"""

import tomllib
from pathlib import Path
from typing import Any

REFUSALS = tomllib.loads(Path(__file__).with_name("refusals.toml").read_text())
DOCUMENTED_CODES = "https://docs.stripe.com/error-codes#"


class StripeError(Exception):
    """What the API answers instead of an object."""

    def __init__(
        self, message: str, *, status: int = 400, type: str = "invalid_request_error", **more: Any
    ) -> None:
        super().__init__(message)
        self.status = status
        self.fields = {"message": message, "type": type}
        self.fields |= {name: value for name, value in more.items() if value is not None}
        if code := more.get("code"):
            self.fields["doc_url"] = DOCUMENTED_CODES + code.replace("_", "-")
        self.body = {"error": self.fields}


def refused(name: str, *, param: str | None = None, **words: Any) -> StripeError:
    told = {"param": param, **REFUSALS[name]}
    return StripeError(told.pop("message").format(param=param, **words), **told)


def no_such(kind: str, id: str, *, param: str = "id", other_mode: str | None = None) -> StripeError:
    """`other_mode` is the mode ("test" or "live") in which an object of that id does exist."""
    words = {"noun": REFUSALS["nouns"].get(kind, kind), "id": id, "other": other_mode}
    used = "live" if other_mode == "test" else "test"
    problem = refused("no_such_here" if other_mode else "no_such", param=param, used=used, **words)
    problem.status = 404 if param == "id" else 400
    return problem


def not_played(what: str, param: str) -> StripeError:
    """What Stripe knows and the sandbox doesn't: better refused than silently ignored."""
    return refused("not_played", what=what, param=param)


def card_declined(decline: dict[str, str], **more: Any) -> StripeError:
    """402, with the charge and the payment intent that failed (docs.stripe.com/declines/codes)."""
    return StripeError(status=402, type="card_error", **decline, **more)


class DeclinedError(Exception):
    """The page stays, and says this; beside the field that can't be right, if there is one."""

    def __init__(self, sentence: str, field: str | None = None) -> None:
        super().__init__(sentence)
        self.status = 422 if field else 402
        self.shown = {"field": field, "problem": sentence} if field else {"declined": sentence}


class ConfirmationNeededError(Exception):
    """The bank wants 3-D Secure first."""
