"""One API call: who asks, what for, has it been asked before, and the answer as JSON."""

import base64
import time
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from . import old_shapes, parameters, routes
from .controls import Controls
from .errors import StripeError, refused
from .identifiers import random_text
from .messages import HangUpError
from .resources import expand, present
from .routes import Route
from .world import Object, World

LOGGED_HEADERS = ("Idempotency-Key", "Stripe-Version", "User-Agent", "Stripe-Account")


def answer(sandbox: Controls, request: HttpRequest) -> HttpResponse:
    id = "req_" + random_text(14)
    entry: Object = {"id": id, "at": sandbox.now(), "method": request.method, "path": request.path}
    entry["headers"] = {name: request.headers.get(name) for name in LOGGED_HEADERS}
    entry |= {"params": {}, "status": None}
    try:
        response = with_trouble(sandbox, request, entry)
        entry["status"] = response.status_code
    finally:
        sandbox.request_log.append(entry)
    response["Request-Id"] = id
    response["Stripe-Version"] = request.headers.get("Stripe-Version", sandbox.api_version)
    if key := idempotency_key(request):
        response["Idempotency-Key"] = key
        if response.status_code == 500:
            # It is stored under the key, so trying again by that brings nothing new.
            response["Stripe-Should-Retry"] = "false"
    return response


def with_trouble(sandbox: Controls, request: HttpRequest, entry: Object) -> HttpResponse:
    """The answer, or the mischief that is wanted in its place."""
    trouble = sandbox.misbehaviour.answer_to(f"{request.method} {request.path}")
    time.sleep(sandbox.misbehaviour.settings.latency)
    if trouble == "hang_up":
        raise HangUpError
    try:
        if trouble == 429:
            raise refused("rate_limit")
        response = understood(sandbox, request, entry, trouble)
    except StripeError as error:
        log = f"https://dashboard.stripe.com/test/workbench/logs?object={entry['id']}"
        shown = {"error": {**error.fields, "request_log_url": log}}
        response = JsonResponse(shown, status=error.status)
    if trouble == "hang_up_after":
        raise HangUpError
    return response


def understood(
    sandbox: Controls, request: HttpRequest, entry: Object, trouble: int | str | None = None
) -> HttpResponse:
    """Find out whose call it is, and what for; then carry it out, or recall what came of it.

    Parameters that are refused, and the rate limit, come before the key; a 500 comes after it.
    """
    key = api_key(request)
    world = sandbox.world_for(key)
    entry |= {"account": world.account.name, "livemode": world.livemode}
    found = routes.find(request.method, request.path)
    if found is None:
        raise refused("unrecognized_url", method=request.method, path=request.path)
    check_permission(world, key, found[0])
    text = request.body.decode("utf-8", "replace")
    encoded = text if request.method == "POST" else request.META["QUERY_STRING"] or text
    entry["params"] = parameters.decode(encoded)

    version = request.headers.get("Stripe-Version") or world.account.options["api_version"]
    params = parameters.modernized(entry["params"], version)
    params = parameters.check(params, found[0].params) if found[0].params else dict(params)

    def work() -> HttpResponse:
        if trouble == 500:
            raise refused("outage")
        response = carry_out(sandbox, world, *found, params, entry, request, version)
        if trouble == "500_after":
            raise refused("outage")
        return response

    once = idempotency_key(request)
    if once is None:
        return work()
    asked = f"{request.method} {request.path} {encoded}"
    return world.idempotency_keys.once(once, asked, entry["id"], work)


def carry_out(
    sandbox: Controls, world: World, route: Route, ids: list[str], params: Object, entry: Object,
    request: HttpRequest, version: str,
) -> HttpResponse:  # fmt: skip
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
    sandbox.is_changed.set()
    return JsonResponse(content)


def idempotency_key(request: HttpRequest) -> str | None:
    return request.headers.get("Idempotency-Key") if request.method == "POST" else None


def api_key(request: HttpRequest) -> str:
    """Bearer, or HTTP basic with the key as the user's name."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
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
