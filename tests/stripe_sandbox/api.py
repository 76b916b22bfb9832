"""One API call: who asks, what for, has it been asked before, and the answer as JSON."""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import errors, idempotency, old_shapes, parameters, routes
from .identifiers import random_text
from .messages import Request, Response, json_response
from .presentation import expand, present
from .resources import Route
from .world import World

if TYPE_CHECKING:
    from .server import Sandbox


def answer(sandbox: Sandbox, request: Request) -> Response:
    request_id = "req_" + random_text(14)
    entry: dict[str, Any] = {
        "id": request_id,
        "at": sandbox.now(),
        "method": request.method,
        "path": request.path,
        "params": {},
        "headers": {name: request.headers.get(name.lower()) for name in LOGGED_HEADERS},
    }
    trouble = sandbox.misbehaviour.answer_to(request.path)
    time.sleep(sandbox.misbehaviour.settings.latency)
    try:
        response = TROUBLE.get(str(trouble)) or call(sandbox, request, request_id, entry)
        if trouble == "hang_up_after":
            response = Response(hang_up=True)
    except errors.StripeError as error:
        error.fields["request_log_url"] = (
            f"https://dashboard.stripe.com/test/workbench/logs?object={request_id}"
        )
        response = json_response(error.body, error.status)
    entry["status"] = response.status if not response.hang_up else None
    sandbox.log_request(entry)
    key = request.headers.get("idempotency-key")
    response.headers = {
        **response.headers,
        "Request-Id": request_id,
        "Stripe-Version": request.headers.get("stripe-version", sandbox.api_version),
        **({"Idempotency-Key": key} if key and request.method == "POST" else {}),
    }
    return response


LOGGED_HEADERS = ("Idempotency-Key", "Stripe-Version", "User-Agent", "Stripe-Account")
TROUBLE: dict[str, Response] = {
    "429": json_response(
        {"error": {"message": "Request rate limit exceeded.", "code": "rate_limit",
                   "type": "invalid_request_error"}}, 429,
    ),
    "500": json_response(
        {"error": {"message": "An unknown error occurred.", "type": "api_error"}}, 500
    ),
    "hang_up": Response(hang_up=True),
}  # fmt: skip


@dataclass
class Call:
    """An API call that has been understood: whose it is, what it asks for, and with what."""

    world: World
    route: Route
    ids: list[str]
    tree: dict[str, Any]
    request: Request
    request_id: str

    @property
    def key(self) -> str | None:
        is_post = self.request.method == "POST"
        return self.request.headers.get("idempotency-key") if is_post else None


def call(sandbox: Sandbox, request: Request, request_id: str, entry: dict[str, Any]) -> Response:
    key = api_key(request)
    world = sandbox.world_for(key)
    entry |= {"account": world.account.name, "livemode": world.livemode}
    found = routes.find(request.method, request.path)
    if found is None:
        raise errors.unrecognized_url(request.method, request.path)
    check_permission(world, key, found[0])
    encoded = request.text if request.method == "POST" else request.query or request.text
    entry["params"] = parameters.decode(encoded)
    understood = Call(world, *found, entry["params"], request, request_id)
    if understood.key is None:
        return carry_out(sandbox, understood)
    keys = sandbox.idempotency_keys(world)
    known = keys.begin(understood.key, request.method, request.path, encoded)
    if known is None or known.response is None:
        return remembered(sandbox, understood, keys, understood.key)
    headers = {"Content-Type": "application/json", "Idempotent-Replayed": "true"}
    headers["Original-Request"] = known.request_id
    return Response(known.response.status, known.response.body, headers)


def remembered(sandbox: Sandbox, call: Call, keys: idempotency.Keys, key: str) -> Response:
    """Errors are remembered too, except those from before the call began."""
    try:
        response = carry_out(sandbox, call)
    except errors.StripeError as error:
        if error.fields.get("code") in ("parameter_unknown", "parameter_missing"):
            keys.forget(key)
        else:
            keys.finish(key, json_response(error.body, error.status), call.request_id)
        raise
    except BaseException:
        keys.forget(key)
        raise
    keys.finish(key, response, call.request_id)
    return response


def carry_out(sandbox: Sandbox, call: Call) -> Response:
    world, tree = call.world, call.tree
    version = call.request.headers.get("stripe-version") or world.account.api_version
    tree = parameters.modernized(tree, version)
    params = parameters.check(tree, call.route.params) if call.route.params else dict(tree)
    paths = params.pop("expand", [])
    with world.lock:
        sandbox.run_due(world)
        world.request = {"id": call.request_id, "idempotency_key": call.key}
        try:
            content = present(call.route.handler(world, params, *call.ids))
        finally:
            world.request = {"id": None, "idempotency_key": None}
        expand(world, content, paths, routes.INCLUDABLE)
        if old_shapes.is_old(version):
            content = old_shapes.shape(world, content)
    sandbox.changed()
    return json_response(content)


def api_key(request: Request) -> str:
    """Bearer, or HTTP basic with the key as the user's name."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        value = base64.b64decode(value + "==").decode("utf-8", "replace").partition(":")[0]
    if not value.strip():
        raise errors.no_api_key()
    return value.strip()


def check_permission(world: World, key: str, route: Route) -> None:
    if key.startswith("pk_"):
        raise errors.secret_key_required()
    allowed = world.account.options["restricted_to"]
    if not key.startswith("rk_") or allowed is None:
        return
    verb = "read" if route.method == "GET" else "write"
    wanted = f"{route.permission}_{verb}"
    if not {wanted, f"{route.permission}_write"} & set(allowed):
        raise errors.permission_missing(key, wanted, world.account.id)
