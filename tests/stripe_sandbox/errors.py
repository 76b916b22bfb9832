"""Stripe's errors, in the words and status codes of https://docs.stripe.com/api/errors."""

from __future__ import annotations

from typing import Any

DOCUMENTED_CODES = "https://docs.stripe.com/error-codes#"


class StripeError(Exception):
    """What the API answers instead of an object."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        type: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.fields = {"message": message, "type": type}
        if code:
            self.fields |= {"code": code, "doc_url": DOCUMENTED_CODES + code.replace("_", "-")}
        if param:
            self.fields["param"] = param
        self.fields |= {name: value for name, value in more.items() if value is not None}

    @property
    def body(self) -> dict[str, Any]:
        return {"error": self.fields}


def invalid_api_key(key: str) -> StripeError:
    hidden = key[:8] + "*" * max(len(key) - 12, 4) + key[-4:]
    return StripeError(f"Invalid API Key provided: {hidden}", status=401)


def no_api_key() -> StripeError:
    return StripeError(
        "You did not provide an API key. You need to provide your API key in the Authorization "
        "header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
        status=401,
    )


def secret_key_required() -> StripeError:
    return StripeError(
        "This API call cannot be made with a publishable API key. Please use a secret API key. "
        "You can find a list of your API keys at https://dashboard.stripe.com/account/apikeys.",
        status=401,
        code="secret_key_required",
    )


def permission_missing(key: str, permission: str, account: str) -> StripeError:
    return StripeError(
        f"The provided key '{key[:12]}*********{key[-4:]}' does not have the required permissions "
        f"for this endpoint on account '{account}'. Having the 'rak_{permission}' permission would "
        "allow this request to continue.",
        status=403,
        code="more_permissions_required_for_application",
    )


def unrecognized_url(method: str, path: str) -> StripeError:
    return StripeError(
        f"Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs or we "
        "can help at https://support.stripe.com/.",
        status=404,
    )


def no_such(kind: str, id: str, *, param: str = "id", other_mode: str | None = None) -> StripeError:
    """`other_mode` is the mode ("test" or "live") in which an object of that id does exist."""
    message = f"No such {NOUNS.get(kind, kind)}: '{id}'"
    if other_mode:
        used = "live" if other_mode == "test" else "test"
        message += (
            f"; a similar object exists in {other_mode} mode, but a {used} mode key was used to "
            "make this request."
        )
    return StripeError(
        message, status=404 if param == "id" else 400, code="resource_missing", param=param
    )


NOUNS = {
    "payment_method": "PaymentMethod",
    "billing_portal.configuration": "configuration",
    "payment_intent": "payment_intent",
    "promotion_code": "promotion code",
    "webhook_endpoint": "webhook endpoint",
    "test_helpers.test_clock": "test clock",
    "subscription_item": "subscription item",
}


def missing(param: str) -> StripeError:
    return StripeError(f"Missing required param: {param}.", code="parameter_missing", param=param)


def unknown_parameter(param: str) -> StripeError:
    return StripeError(
        f"Received unknown parameter: {param}", code="parameter_unknown", param=param
    )


def not_played(what: str, param: str) -> StripeError:
    """What Stripe knows and the sandbox doesn't: better refused than silently ignored."""
    return StripeError(f"The sandbox doesn't play {what}.", param=param)


def empty_parameter(param: str) -> StripeError:
    return StripeError(
        f"You passed an empty string for '{param}'. We assume empty values are an attempt to unset "
        f"a parameter; however '{param}' cannot be unset. You should remove '{param}' from your "
        "request or supply a non-empty value.",
        code="parameter_invalid_empty",
        param=param,
    )


def idempotency_mismatch(key: str) -> StripeError:
    return StripeError(
        "Keys for idempotent requests can only be used with the same parameters they were first "
        f"used with. Try using a key other than '{key}' if you meant to execute a different "
        "request.",
        type="idempotency_error",
    )


def idempotency_key_in_use(key: str) -> StripeError:
    return StripeError(
        "There is currently another in-progress request using this Idempotent Key (that probably "
        "means you submitted twice, and the other request is still going through): "
        f"{key}. Try again later.",
        status=409,
        type="idempotency_error",
        code="idempotency_key_in_use",
    )


def card_declined(decline: dict[str, str], **more: Any) -> StripeError:
    """402, with the charge and the payment intent that failed (docs.stripe.com/declines/codes)."""
    return StripeError(
        decline["message"],
        status=402,
        type="card_error",
        code=decline["code"],
        decline_code=decline.get("decline_code"),
        **more,
    )
