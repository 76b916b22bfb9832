"""The product's calls of Stripe's SDK, found in its sources, and which operations they are."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import stripe

from tests.outside.description import path_template

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCES = sorted((ROOT / "billing").rglob("*.py"))


@dataclass
class StripeCall:
    """`client.v1.….method(…)`, and where its parameters stand."""

    names: list[str]
    node: ast.Call
    params: ast.expr | None


def stripe_calls(tree: ast.AST) -> Iterator[StripeCall]:
    for node in ast.walk(tree):
        names = attributes_after_v1(node.func) if isinstance(node, ast.Call) else None
        if isinstance(node, ast.Call) and names:
            yield StripeCall(names, node, params_of(node, names))


def attributes_after_v1(node: ast.expr) -> list[str] | None:
    """`client.v1.checkout.sessions.create` -> ["checkout", "sessions", "create"]."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        if node.attr == "v1":
            return names[::-1]
        names.append(node.attr)
        node = node.value
    return None


def method_of(client: stripe.StripeClient, names: list[str]) -> Any:
    found: Any = client.v1
    for name in names:
        found = getattr(found, name)
    return found


def params_of(call: ast.Call, names: list[str]) -> Any:
    by_name = {keyword.arg or "": keyword.value for keyword in call.keywords}
    signature = inspect.signature(method_of(stripe.StripeClient("sk_test_nobody"), names))
    return signature.bind(*call.args, **by_name).arguments.get("params")


class Listener(stripe.HTTPClient):
    """A transport that sends nothing, and remembers what it should have sent."""

    name = "listener"

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None,
        **options: Any,
    ) -> tuple[str, int, Mapping[str, str]]:  # fmt: skip
        self.asked = (method.upper(), "/" + url.split("/", 3)[3].partition("?")[0])
        return "{}", 200, {}


def operation_of(call: StripeCall) -> tuple[str, str | None]:
    """The method and path that a call comes to: ("GET", "/v1/prices/{price}")."""
    listener = Listener()
    client = stripe.StripeClient("sk_test_nobody", http_client=listener, max_network_retries=0)
    parameters = inspect.signature(method_of(client, call.names)).parameters.values()
    ids = [one.name for one in parameters if one.default is one.empty and one.name != "params"]
    given = {"params": {}} if any(one.name == "params" for one in parameters) else {}
    method_of(client, call.names)(*ids, **given)
    method, path = listener.asked
    return method, path_template(method, path)


def operations_of_the_product() -> set[tuple[str, str | None]]:
    return {
        operation_of(call) for path in SOURCES for call in stripe_calls(ast.parse(path.read_text()))
    }
