"""Idempotency keys: what came of a call is kept under its key, whatever it was, a 500 too.

https://docs.stripe.com/api/idempotent_requests, https://docs.stripe.com/error-low-level#idempotency
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpResponse, JsonResponse

from .errors import StripeError, refused

# Errors from before the call began: the key can be used again.
NOT_BEGUN = ("parameter_unknown", "parameter_missing")


@dataclass
class Remembered:
    asked: str
    request_id: str
    answer: tuple[bytes, int] | None = None


class Keys:
    """The keys of one world. A second use waits for nobody: it replays, or is refused."""

    def __init__(self) -> None:
        self.known: dict[str, Remembered] = {}
        self.lock = threading.Lock()

    def once(
        self, key: str, asked: str, request_id: str, work: Callable[[], HttpResponse]
    ) -> HttpResponse:
        """What `work` answers, or what the first use of the key was answered, errors too."""
        with self.lock:
            if known := self.known.get(key):
                return self.replay(key, known, asked)
            self.known[key] = known = Remembered(asked, request_id)
        try:
            response = work()
            known.answer = response.content, response.status_code
            return response
        except StripeError as error:
            if error.fields.get("code") not in NOT_BEGUN:
                known.answer = JsonResponse(error.body).content, error.status
            raise
        finally:
            if known.answer is None:
                del self.known[key]

    def replay(self, key: str, known: Remembered, asked: str) -> HttpResponse:
        if known.asked != asked:
            raise refused("idempotency_mismatch", key=key)
        if known.answer is None:
            raise refused("idempotency_key_in_use", key=key)
        headers = {"Idempotent-Replayed": "true", "Original-Request": known.request_id}
        content, status = known.answer
        return HttpResponse(content, "application/json", status, headers=headers)
