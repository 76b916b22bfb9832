"""How a kind of object gets its calls: the usual five, of which two are the same for all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .listing import list_of
from .world import Object, World

Handler = Callable[..., dict[str, Any]]
Keep = Callable[[World, Object, Object], bool]


@dataclass(frozen=True)
class Route:
    """`params` names the SDK's type; `permission` is what a restricted key needs."""

    method: str
    path: str
    handler: Handler
    params: str
    permission: str

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(self.path.split("/"))


def resource(
    path: str,
    kind: str,
    params: str,
    permission: str,
    *,
    equal: tuple[str, ...] = (),
    keep: Keep | None = None,
    **calls: Handler | None,
) -> list[Route]:
    """Retrieve and list come by themselves; `equal` and `keep` say by what lists are filtered."""
    handlers: dict[str, Handler | None] = {
        "retrieve": retrieving(kind),
        "list": listing(kind, path, equal, keep),
        **calls,
    }
    return [
        Route(METHODS[call], path + ("/{id}" if call in OF_ONE else ""), handler,
              f"{params}{call.title()}Params", permission)
        for call, handler in handlers.items() if handler
    ]  # fmt: skip


METHODS = {
    "create": "POST", "retrieve": "GET", "update": "POST", "delete": "DELETE", "list": "GET",
}  # fmt: skip
OF_ONE = ("retrieve", "update", "delete")


def retrieving(kind: str) -> Handler:
    def retrieve(world: World, params: Object, id: str) -> Object:
        return world.get(kind, id)

    return retrieve


def listing(kind: str, path: str, equal: tuple[str, ...], keep: Keep | None) -> Handler:
    def list_all(world: World, params: Object) -> Object:
        if "customer" in params and "customer" in equal:
            world.get("customer", params["customer"], "customer")
        return list_of(
            world, kind, params, path, equal=equal,
            keep=lambda obj: keep is None or keep(world, params, obj),
        )  # fmt: skip

    return list_all


def is_event_wanted(world: World, params: Object, event: Object) -> bool:
    """A type may end in an asterisk: `customer.subscription.*`."""
    is_delivered = event["pending_webhooks"] == 0
    if params.get("delivery_success", is_delivered) != is_delivered:
        return False
    types = params.get("types") or ([params["type"]] if "type" in params else ["*"])
    return any(
        event["type"].startswith(type[:-1]) if type.endswith("*") else event["type"] == type
        for type in types
    )
