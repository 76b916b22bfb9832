"""A request and a response, apart from any server."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs


@dataclass
class Request:
    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def form(self) -> dict[str, str]:
        """Fields of a hosted page's form; the last value of a name counts."""
        return {name: values[-1] for name, values in parse_qs(self.text).items()}

    @property
    def arguments(self) -> dict[str, str]:
        return {name: values[-1] for name, values in parse_qs(self.query).items()}

    def json(self) -> dict[str, Any]:
        found = json.loads(self.body or b"{}")
        if not isinstance(found, dict):
            raise ValueError("a JSON object was expected")
        return found


@dataclass
class Response:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    hang_up: bool = False


def json_response(content: Any, status: int = 200, **headers: str) -> Response:
    body = json.dumps(content, indent=2).encode()
    return Response(status, body, {"Content-Type": "application/json", **headers})


def see_other(url: str) -> Response:
    return Response(303, b"", {"Location": url})
