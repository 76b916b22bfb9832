"""Writes at Stripe that must be done once, however often they are tried (rule B7).

Stripe keeps what came of a call under its idempotency key for a day, an error of its own too, and
calls such an error indeterminate: the thing may have been made.
https://docs.stripe.com/error-low-level#idempotency
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from billing.stripe_api.errors import StripeProblem, stripe_problems

if TYPE_CHECKING:
    from stripe import RequestOptions

Made = TypeVar("Made")
# Seconds until a call that wasn't answered, or was under way by the same key, is tried again.
SECOND_TRY_AFTER = 0.5
# Each click uses up one at most, and clicks are limited.
MOST_KEYS = 50


def make_once(
    key: str,
    make: Callable[["RequestOptions"], Made],
    *,
    find: Callable[[], Made | None] = lambda: None,
) -> Made:
    """Return what `make` made at Stripe by this key, however often and from wherever it is tried.

    The same key goes with every try that had no answer, so that all of them come to one thing. A key
    under which Stripe keeps an error is used up: what may have been made all the same is looked for
    with `find`, and the next key is this one with a number. Nothing is remembered here, so two
    tabs come to the same keys. Raises StripeProblem.
    """
    for number in range(MOST_KEYS):
        try:
            return patiently(f"{key}-{number}" if number else key, make)
        except StripeProblem as problem:
            if not problem.is_replayed or number == MOST_KEYS - 1:
                raise
        found = find()
        if found is not None:
            return found
    raise AssertionError("The last key's answer is returned or raised.")


def patiently(key: str, make: Callable[["RequestOptions"], Made]) -> Made:
    """Call `make`, and a second time where the first had no answer; raises StripeProblem.

    The SDK's own retries would hide whether an error is new or kept under the key.
    """
    options: RequestOptions = {"idempotency_key": key, "max_network_retries": 0}
    try:
        with stripe_problems():
            return make(options)
    except StripeProblem as problem:
        if not problem.may_be_repeated:
            raise
    time.sleep(SECOND_TRY_AFTER)
    with stripe_problems():
        return make(options)
