"""`POST /api/stripe/webhook`: every tenant's endpoint, at the tenant's own host (rules W1 to W3)."""

import logging

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables

from billing.models import WebhookEvent
from billing.models.secrets import SecretUnreadableError
from billing.tenant_billing import TenantBilling, load_tenant
from billing.webhooks.event import (
    MOST_BYTES,
    MalformedEventError,
    SignatureError,
    parse,
    refuse_other_mode,
    verify,
)
from billing.webhooks.processing import receive
from billing.webhooks.signing_secrets import SigningSecret, valid_secrets
from krate_site.tenancy.sites import current_site

logger = logging.getLogger(__name__)


@csrf_exempt
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    """Verify, take in, answer: 200 for what is done, 500 for what Stripe shall deliver again.

    What isn't Stripe's, or isn't for this tenant, is 400 or 404 and writes nothing.
    """
    tenant = load_tenant(current_site(request))
    if not tenant.enabled:
        return answer(404, "Billing isn't enabled here.")
    if request.method != "POST":
        refusal = answer(405, "Only POST.")
        refusal.headers["Allow"] = "POST"
        return refusal
    try:
        body = body_of(request)
        modes = verify(body, request.headers.get("Stripe-Signature", ""), signing_secrets(tenant))
        event = parse(body)
        # What is of the mode that this tenant isn't in changes nothing, by whichever it is signed.
        # Not by `counts`, to which keys that can't be read are as none: here they raise.
        if tenant.livemode in (None, event.livemode):
            refuse_other_mode(event.mode, modes)
    except (MalformedEventError, SignatureError) as error:
        return answer(400, str(error))
    except SecretUnreadableError:
        logger.exception("The signing secret or the keys of %s can't be read.", tenant.site)
        return answer(503, "The stored secrets can't be read.")
    outcome = receive(tenant, event)
    return answer(500 if outcome == WebhookEvent.Outcome.FAILED else 200, str(outcome))


def body_of(request: HttpRequest) -> bytes:
    """Return the raw body, at most 512 KiB; raises MalformedEventError."""
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
        if length > MOST_BYTES:
            raise MalformedEventError("The body is too large.")
        body = request.body
    except (ValueError, RequestDataTooBig, UnreadablePostError):
        raise MalformedEventError("The body can't be read.") from None
    if len(body) > MOST_BYTES:
        raise MalformedEventError("The body is too large.")
    return body


@sensitive_variables("secrets")
def signing_secrets(tenant: TenantBilling) -> list[SigningSecret]:
    """Return the secrets that count now.

    Raises SignatureError where there is none, SecretUnreadableError.
    """
    secrets = valid_secrets(tenant.settings)
    if not secrets:
        raise SignatureError("No signing secret is configured.")
    return secrets


def answer(status: int, words: str) -> HttpResponse:
    return HttpResponse(
        words, status=status, content_type="text/plain", headers={"Cache-Control": "no-store"}
    )
