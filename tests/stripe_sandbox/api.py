"""One API call: who asks, what for, has it been asked before, and the answer as JSON."""

import base64
import time
from typing import TYPE_CHECKING, Any

from . import old_shapes, parameters, routes
from .errors import StripeError, refused
from .identifiers import random_text
from .messages import Request, Response, json_response
from .presentation import expand, present
from .resources import Route
from .world import Object, World

if TYPE_CHECKING:
    from .server import Sandbox

LOGGED_HEADERS = ("Idempotency-Key", "Stripe-Version", "User-Agent", "Stripe-Account")
TROUBLE = {429: "rate_limit", 500: "outage"}


def answer(sandbox: "Sandbox", request: Request) -> Response:
    id = "req_" + random_text(14)
    entry: Object = {"id": id, "at": sandbox.now(), "method": request.method, "path": request.path}
    entry["params"] = {}
    entry["headers"] = {name: request.headers.get(name.lower()) for name in LOGGED_HEADERS}
    trouble = sandbox.misbehaviour.answer_to(request.path)
    time.sleep(sandbox.misbehaviour.settings.latency)
    response = Response(hang_up=True)
    try:
        if trouble in TROUBLE:
            raise refused(TROUBLE[trouble])
        if trouble != "hang_up":
            response = understood(sandbox, request, entry)
    except StripeError as error:
        log = f"https://dashboard.stripe.com/test/workbench/logs?object={id}"
        response = json_response({"error": {**error.fields, "request_log_url": log}}, error.status)
    if trouble == "hang_up_after":
        response = Response(hang_up=True)
    entry["status"] = None if response.hang_up else response.status
    sandbox.request_log.append(entry)
    version = request.headers.get("stripe-version", sandbox.api_version)
    response.headers = {**response.headers, "Request-Id": id, "Stripe-Version": version}
    if key := idempotency_key(request):
        response.headers["Idempotency-Key"] = key
    return response


def understood(sandbox: "Sandbox", request: Request, entry: Object) -> Response:
    """Find out whose call it is, and what for; then carry it out, or recall what came of it."""
    key = api_key(request)
    world = sandbox.world_for(key)
    entry |= {"account": world.account.name, "livemode": world.livemode}
    found = routes.find(request.method, request.path)
    if found is None:
        raise refused("unrecognized_url", method=request.method, path=request.path)
    check_permission(world, key, found[0])
    encoded = request.text if request.method == "POST" else request.query or request.text
    entry["params"] = parameters.decode(encoded)

    def work() -> Response:
        return carry_out(sandbox, world, *found, entry, request)

    once = idempotency_key(request)
    if once is None:
        return work()
    asked = f"{request.method} {request.path} {encoded}"
    return sandbox.idempotency_keys(world).once(once, asked, entry["id"], work)


def carry_out(
    sandbox: "Sandbox", world: World, route: Route, ids: list[str], entry: Object, request: Request
) -> Response:
    version = request.headers.get("stripe-version") or world.account.api_version
    params = parameters.modernized(entry["params"], version)
    params = parameters.check(params, route.params) if route.params else dict(params)
    paths = params.pop("expand", [])
    with world.lock:
        sandbox.run_due(world)
        world.request = {"id": entry["id"], "idempotency_key": idempotency_key(request)}
        try:
            content: Any = present(route.handler(world, params, *ids))
        finally:
            world.request = {"id": None, "idempotency_key": None}
        expand(world, content, paths, routes.INCLUDABLE)
        if old_shapes.is_old(version):
            content = old_shapes.shape(world, content)
    sandbox.changed()
    return json_response(content)


def idempotency_key(request: Request) -> str | None:
    return request.headers.get("idempotency-key") if request.method == "POST" else None


def api_key(request: Request) -> str:
    """Bearer, or HTTP basic with the key as the user's name."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        value = base64.b64decode(value + "==").decode("utf-8", "replace").partition(":")[0]
    if not value.strip():
        raise refused("no_api_key")
    return value.strip()


def check_permission(world: World, key: str, route: Route) -> None:
    if key.startswith("pk_"):
        raise refused("secret_key_required")
    allowed = world.account.options["restricted_to"]
    if not key.startswith("rk_") or allowed is None:
        return
    wanted = f"{route.permission}_{'read' if route.method == 'GET' else 'write'}"
    if not {wanted, f"{route.permission}_write"} & set(allowed):
        shown, account = f"{key[:12]}*********{key[-4:]}", world.account.id
        raise refused("permission_missing", key=shown, permission=wanted, account=account)
