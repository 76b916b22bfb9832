"""Signing webhooks: https://docs.stripe.com/webhooks#verify-manually"""

from __future__ import annotations

import hashlib
import hmac


def header(secrets: list[str], body: bytes, timestamp: int, *, livemode: bool) -> str:
    """One v1 for each secret that is valid now; test events carry a v0 that nobody may trust."""
    signed = f"{timestamp}.".encode() + body
    parts = [f"t={timestamp}"]
    parts += [f"v1={digest(secret, signed)}" for secret in secrets]
    if not livemode:
        parts.append(f"v0={digest('not a secret', signed)}")
    return ",".join(parts)


def digest(secret: str, signed: bytes) -> str:
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
