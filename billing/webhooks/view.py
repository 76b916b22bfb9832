"""`POST /api/stripe/webhook`: every tenant's endpoint, at the tenant's own host (rules W1 to W3)."""

import logging

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables
from stripe import SignatureVerificationError, WebhookSignature

from billing.models import WebhookEvent
from billing.models.secrets import SecretUnreadableError
from billing.stripe_ids import Mode
from billing.tenant_billing import TenantBilling, load_tenant
from billing.webhooks.event import MOST_BYTES, MalformedEventError, parse
from billing.webhooks.processing import receive
from billing.webhooks.signing_secrets import SigningSecret, valid_secrets
from krate_site.tenancy.sites import current_site

# How old a signature may be, in seconds, and how long its header: Stripe signs a handful of times.
TOLERANCE = 300
LONGEST_HEADER = 2000
NOT_OURS = "The signature isn't this endpoint's, or is more than five minutes old."

logger = logging.getLogger(__name__)


class SignatureError(ValueError):
    """The signature doesn't hold; the message says why, to whoever reads the answer."""


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
        modes = verify_signature(tenant, body, request.headers.get("Stripe-Signature", ""))
        event = parse(body)
        # What is of the mode that this tenant isn't in changes nothing, by whichever it is signed.
        # Not by `counts`, to which keys that can't be read are as none: here they raise.
        if tenant.livemode in (None, event.livemode) and event.mode not in modes:
            raise SignatureError(NOT_OURS)
    except (MalformedEventError, SignatureError) as error:
        return answer(400, str(error))
    except SecretUnreadableError:
        logger.exception("The signing secret or the keys of %s can't be read.", tenant.site)
        return answer(503, "The stored secrets can't be read.")
    outcome = receive(tenant, event)
    return answer(500 if outcome == WebhookEvent.Outcome.FAILED else 200, str(outcome))


def body_of(request: HttpRequest) -> str:
    """Return the raw body, at most 512 KiB of UTF-8; raises MalformedEventError."""
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
        if length > MOST_BYTES:
            raise MalformedEventError("The body is too large.")
        body = request.body
    except (ValueError, RequestDataTooBig, UnreadablePostError):
        raise MalformedEventError("The body can't be read.") from None
    if len(body) > MOST_BYTES:
        raise MalformedEventError("The body is too large.")
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise MalformedEventError("The body isn't UTF-8.") from None


@sensitive_variables("secrets")
def verify_signature(tenant: TenantBilling, body: str, header: str) -> frozenset[Mode]:
    """Return the modes of those of the tenant's secrets that signed this body just now.

    Raises SignatureError where none did, SecretUnreadableError.
    Source: https://docs.stripe.com/webhooks#verify-official-libraries
    """
    secrets = valid_secrets(tenant.settings)
    if not secrets:
        raise SignatureError("No signing secret is configured.")
    # In signatures that aren't ASCII the comparison would raise a TypeError.
    is_usable = header.isascii() and len(header) <= LONGEST_HEADER
    # All secrets are tried, so that the time taken tells nothing of them.
    modes = frozenset([each.mode for each in secrets if is_usable and signed(each, body, header)])
    if not modes:
        raise SignatureError(NOT_OURS)
    return modes


@sensitive_variables("secret")
def signed(secret: SigningSecret, body: str, header: str) -> bool:
    """Return whether this secret signed the body within the last five minutes."""
    try:
        return WebhookSignature.verify_header(body, header, secret.value, TOLERANCE)
    except SignatureVerificationError:
        return False


def answer(status: int, words: str) -> HttpResponse:
    return HttpResponse(
        words, status=status, content_type="text/plain", headers={"Cache-Control": "no-store"}
    )
