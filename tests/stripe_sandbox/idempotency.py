"""Idempotency keys: https://docs.stripe.com/api/idempotent_requests"""

from __future__ import annotations

import hashlib
import threading
import time
from dataclasses import dataclass, field

from . import errors
from .messages import Response

KEPT_SECONDS = 24 * 3600


@dataclass
class Remembered:
    fingerprint: str
    response: Response | None = None
    request_id: str = ""
    at: float = field(default_factory=time.time)


class Keys:
    """The keys of one world. A second use waits for nobody: it replays, or is refused."""

    def __init__(self) -> None:
        self.known: dict[str, Remembered] = {}
        self.lock = threading.Lock()

    def begin(self, key: str, method: str, path: str, body: str) -> Remembered | None:
        """What the first use answered, or None if this is the first use."""
        fingerprint = hashlib.sha256(f"{method} {path} {body}".encode()).hexdigest()
        with self.lock:
            known = self.known.get(key)
            if known is None or known.at < time.time() - KEPT_SECONDS:
                self.known[key] = Remembered(fingerprint)
                return None
            if known.fingerprint != fingerprint:
                raise errors.idempotency_mismatch(key)
            if known.response is None:
                raise errors.idempotency_key_in_use(key)
            return known

    def finish(self, key: str, response: Response, request_id: str) -> None:
        with self.lock:
            self.known[key].response = response
            self.known[key].request_id = request_id

    def forget(self, key: str) -> None:
        """The call never started (bad parameters, say), so the key can be used again."""
        with self.lock:
            self.known.pop(key, None)
