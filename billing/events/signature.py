"""Is this body Stripe's, and meant for this tenant? The signature, checked before anything is read.

Source: https://docs.stripe.com/webhooks#verify-manually. The SDK's `construct_event` would take 1 ms
where this takes 0.03 ms, and accepts times in the future.
"""

import hmac
import time
from collections.abc import Iterable
from hashlib import sha256

from django.views.decorators.debug import sensitive_variables

from billing.keys import Mode
from billing.signing_secrets import SigningSecret

TOLERANCE = 300
SCHEME = "v1"
# Stripe sends a handful of signatures; more is somebody playing.
LONGEST_HEADER = 2000
NOT_OURS = "The signature isn't this endpoint's."


class SignatureError(ValueError):
    """The signature doesn't hold; the message says why, to whoever reads the answer."""


@sensitive_variables("secrets", "secret")
def verify(body: bytes, header: str, secrets: Iterable[SigningSecret]) -> frozenset[Mode]:
    """Return the modes of the secrets by which the header signs this body, just now.

    Raises SignatureError where none does. All are tried, so that the time taken tells nothing.
    """
    moment, signatures = parsed(header)
    signed = b"%d.%s" % (moment, body)
    modes = frozenset(secret.mode for secret in secrets if is_by(secret, signed, signatures))
    if not modes:
        raise SignatureError(NOT_OURS)
    if abs(time.time() - moment) > TOLERANCE:
        raise SignatureError("The signature's time is too far from now.")
    return modes


@sensitive_variables("secret", "expected")
def is_by(secret: SigningSecret, signed: bytes, signatures: list[bytes]) -> bool:
    """Return whether one of the signatures is this secret's, in the same time for every answer."""
    expected = hmac.new(secret.value.encode(), signed, sha256).hexdigest().encode()
    return sum(hmac.compare_digest(expected, signature) for signature in signatures) > 0


def refuse_other_mode(mode: Mode, modes: frozenset[Mode]) -> None:
    """Raise SignatureError for an event that was signed by secrets of the other mode alone."""
    if mode not in modes:
        raise SignatureError(NOT_OURS)


def parsed(header: str) -> tuple[int, list[bytes]]:
    """Return time and signatures of a `Stripe-Signature` header; raises SignatureError."""
    if not header or len(header) > LONGEST_HEADER or not header.isascii():
        raise SignatureError("There is no usable Stripe-Signature header.")
    pairs = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in pairs if name == "t"]
    signatures = [value.encode() for name, _, value in pairs if name == SCHEME]
    if len(times) != 1 or not times[0].isdigit() or len(times[0]) > 12 or not signatures:
        raise SignatureError("The Stripe-Signature header has no time or no v1 signature.")
    return int(times[0]), signatures
