"""What can go wrong between us and Stripe, in a handful of kinds with words for the person who waits."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import stripe
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

logger = logging.getLogger(__name__)


class StripeProblem(Exception):  # noqa: N818 - a problem is what it is called to the person
    """A call to Stripe didn't succeed. `code` and `param` are Stripe's.

    `words` is for a member, `words_for_admins` for an admin of the tenant.
    `is_replayed`: Stripe gave the answer that it keeps under the call's idempotency key.
    `may_be_repeated`: the same call by the same key may bring another answer in a moment.
    """

    is_replayed = False
    may_be_repeated = False
    words: str | Promise = _("Something went wrong at the payment service. Nothing was charged.")
    words_for_admins: str | Promise = _("Stripe says no: %(reason)s")

    def __init__(self, message: str = "", *, code: str = "", param: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.param = param


class StripeUnreachable(StripeProblem):
    """No answer in time, or an answer that Stripe itself is in trouble: worth another try later."""

    words = _(
        "The payment service can't be reached at the moment. Nothing was charged. "
        "Please try again in a few minutes."
    )
    words_for_admins = _(
        "Stripe can't be reached at the moment. Nothing was changed. Try again later."
    )


class StripeBusy(StripeUnreachable):
    """So many wait for Stripe already that nobody else may: it wasn't asked at all."""

    words = _(
        "The payment service answers slowly at the moment. Nothing was charged. "
        "Please try again in a minute."
    )
    words_for_admins = _(
        "Stripe answers slowly at the moment. Nothing was changed. Try again in a minute."
    )


class StripeKeysRefused(StripeProblem):
    """Stripe doesn't take the tenant's key."""

    words = _(
        "This site's payment settings need attention, so nothing can be bought right now. "
        "Nothing was charged."
    )
    words_for_admins = _("Stripe refuses the secret key.")


class StripeKeyRestricted(StripeKeysRefused):
    """Stripe takes the tenant's key, and forbids it this."""

    words_for_admins = _("The restricted key may not do this. Give it write access at Stripe.")


class StripeRequestRefused(StripeProblem):
    """Stripe understood the request and says no."""


class StripeObjectMissing(StripeRequestRefused):
    """Stripe knows no object by this id under this key."""


class BillingNotConfigured(StripeProblem):
    """The tenant has no usable secret key yet, so that Stripe can't even be asked."""

    words = _("Payments aren't set up on this site yet. Nothing was charged.")
    words_for_admins = _("Enter and save a secret key first.")


class WritesHeldBack(StripeProblem):
    """This looks like a copy of the site: by live keys Stripe is only read (the clone guard)."""

    words = _(
        "This looks like a copy of the site, so nothing can be bought or changed here. "
        "Nothing was charged."
    )
    words_for_admins = _(
        "This looks like a copy of the site, so nothing is changed at Stripe. A platform "
        "administrator can confirm that it is the real one."
    )


@contextmanager
def stripe_problems() -> Iterator[None]:
    """Turn the SDK's exceptions into ours; log what an operator needs, without any secret.

    Source of the kinds: https://docs.stripe.com/error-handling
    """
    try:
        yield
    except stripe.StripeError as error:
        problem = problem_for(error)
        problem.is_replayed = (error.headers or {}).get("Idempotent-Replayed") == "true"
        problem.may_be_repeated = may_be_repeated(error)
        logger.warning(
            "Stripe said no: %s (status %s, code %s, request %s)",
            type(problem).__name__,
            error.http_status,
            error.code,
            error.request_id,
        )
        # Not `from error`: the SDK's exception carries the request's headers and body.
        raise problem from None


@contextmanager
def suppress_stripe_problem(
    undone: str, *named: object, level: int = logging.WARNING
) -> Iterator[None]:
    """Log Stripe's trouble beside what it leaves undone, and carry on."""
    try:
        yield
    except StripeProblem as problem:
        logger.log(level, f"{undone}: %s", *named, type(problem).__name__)


def may_be_repeated(error: stripe.StripeError) -> bool:
    """Return whether the same call by the same key is worth a second try at once.

    Without an answer, while another call by the key is under way (409), and where Stripe says so. A
    500 is kept under the key, so it isn't.
    Source: https://docs.stripe.com/error-low-level#idempotency
    """
    advice = (error.headers or {}).get("Stripe-Should-Retry")
    return advice == "true" or (advice is None and error.http_status in (None, 409))


def problem_for(error: stripe.StripeError) -> StripeProblem:
    """Return our exception for one of the SDK's."""
    message, code = error.user_message or "", error.code or ""
    if isinstance(error, stripe.AuthenticationError):
        return StripeKeysRefused(message, code=code)
    if isinstance(error, stripe.PermissionError):
        return StripeKeyRestricted(message, code=code)
    if isinstance(error, stripe.InvalidRequestError):
        kind = StripeObjectMissing if code == "resource_missing" else StripeRequestRefused
        return kind(message, code=code, param=error.param or "")
    if code == "idempotency_key_in_use":
        return StripeUnreachable(message, code=code)
    if isinstance(error, stripe.CardError | stripe.IdempotencyError):
        return StripeRequestRefused(message, code=code)
    return StripeUnreachable(message, code=code)


def refusal(problem: StripeProblem) -> str:
    """Return what went wrong in words for a tenant admin, with Stripe's own where they help."""
    return str(problem.words_for_admins) % {"reason": problem}
