"""A Stripe client that remembers every question and every answer, for the judges."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import stripe


@dataclass(frozen=True)
class Answer:
    method: str
    path: str
    status: int
    body: dict[str, Any]


class Recorder(stripe.RequestsClient):
    """The SDK's usual transport, which keeps what came back."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[Answer] = []

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None,
        **options: Any,
    ) -> tuple[Any, int, Mapping[str, str]]:  # fmt: skip
        content, status, received = super().request(method, url, headers, post_data, **options)
        path = "/" + url.split("/", 3)[3].partition("?")[0]
        self.answers.append(Answer(method.upper(), path, status, json.loads(content)))
        return content, status, received


def recording_client(url: str, key: str) -> tuple[stripe.StripeClient, Recorder]:
    """Return a client for the sandbox at `url`, and what it records."""
    recorder = Recorder()
    client = stripe.StripeClient(key, base_addresses={"api": url}, http_client=recorder)
    return client, recorder
