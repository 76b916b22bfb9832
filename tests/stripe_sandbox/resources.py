"""The calls that all kinds of objects share, and lists: https://docs.stripe.com/api/pagination"""

import fnmatch
import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from . import errors
from .changes import apply
from .world import Object, World

Handler = Callable[..., dict[str, Any]]
Keep = Callable[[World, Object, Object], bool]
COMPARE = {"gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le}
METHODS = {
    "create": "POST", "retrieve": "GET", "update": "POST", "delete": "DELETE", "list": "GET",
}  # fmt: skip


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
    kind: str,
    *,
    params: str = "",
    permission: str = "",
    filters: tuple[str, ...] = (),
    keep: Keep | None = None,
    **calls: Any,
) -> list[Route]:
    """The calls on a kind of objects; retrieve and list come by themselves.

    Path, SDK types and permission follow from the kind, where they aren't given.
    `update` may be the names of the fields that just change (all: an empty one), and `delete`
    True. `filters` and `keep` say what lists leave out. What isn't one of METHODS is an action
    on one object.
    """
    *group, name = kind.split(".")
    path = "/v1/" + "/".join([*group, f"{name}s"])
    params = params or ".".join([*group, name.title().replace("_", "")])
    permission = permission or kind.replace(".", "_")
    lists = partial(list_of, kind, url=path, filters=filters, keep=keep)
    standard = {"retrieve": partial(retrieve, kind), "list": lists}
    if isinstance(calls.get("update"), tuple):
        calls["update"] = partial(update, kind, calls["update"])
    if calls.get("delete") is True:
        calls["delete"] = partial(delete, kind)
    routes = []
    for call, handler in (standard | calls).items():
        place = "" if call in ("create", "list") else "/{id}"
        place += "" if call in METHODS else f"/{call}"
        type = f"{params}{call.title()}Params"
        routes.append(Route(METHODS.get(call, "POST"), path + place, handler, type, permission))
    return routes


def retrieve(kind: str, world: World, params: Object, id: str) -> Object:
    return world.get(kind, id)


def update(kind: str, names: tuple[str, ...], world: World, params: Object, id: str) -> Object:
    obj = world.get(kind, id)
    with world.changing(obj):
        apply(obj, params, *names)
        if "updated" in obj:
            obj["updated"] = world.now()
    return obj


def delete(kind: str, world: World, params: Object, id: str) -> Object:
    return world.delete(world.get(kind, id))


def list_of(
    kind: str,
    world: World,
    params: Object,
    url: str,
    filters: tuple[str, ...] = (),
    keep: Keep | None = None,
) -> Object:
    """Newest first. A filter is a parameter's name, or `name=path` of the field that it is about."""
    if "customer" in params and "customer" in filters:
        world.get("customer", params["customer"], "customer")
    pairs = [(name, field or name) for name, _, field in (f.partition("=") for f in filters)]
    chosen = [
        obj
        for obj in reversed(world.table(kind).values())
        if not obj.get("deleted")
        and all(matches(at(obj, field), params[name]) for name, field in pairs if name in params)
        and in_range(obj.get("created", obj.get("date")), params.get("created"))
        and (keep is None or keep(world, params, obj))
    ]
    return page(chosen, params, url)


def at(obj: Any, path: str) -> Any:
    for part in path.split("."):
        obj = (obj or {}).get(part)
    return obj


def matches(held: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict):
        return all(matches((held or {}).get(name), value) for name, value in wanted.items())
    return held in wanted if isinstance(wanted, list) else bool(held == wanted)


def in_range(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict):
        return all(COMPARE[name](value, limit) for name, limit in wanted.items())
    return wanted in (None, "", value)


def wrap(objects: Iterable[Object], url: str, *, has_more: bool = False) -> Object:
    return {"object": "list", "data": list(objects), "has_more": has_more, "url": url}


def page(objects: list[Object], params: Object, url: str) -> Object:
    """One page of objects that are in Stripe's order already: newest first."""
    limit = params.get("limit", 10)
    if not 1 <= limit <= 100:
        comparison = "greater than or equal to 1" if limit < 1 else "less than or equal to 100"
        raise errors.refused("limit", param="limit", comparison=comparison, limit=limit)
    if "ending_before" in params:
        end = position(objects, params["ending_before"], "ending_before")
        start = max(end - limit, 0)
        return wrap(objects[start:end], url, has_more=start > 0)
    start = 0
    if "starting_after" in params:
        start = position(objects, params["starting_after"], "starting_after") + 1
    return wrap(objects[start : start + limit], url, has_more=len(objects) > start + limit)


def position(objects: list[Object], id: str, param: str) -> int:
    for index, obj in enumerate(objects):
        if obj["id"] == id:
            return index
    raise errors.no_such(objects[0]["object"] if objects else "object", id, param=param)


def is_event_wanted(world: World, params: Object, event: Object) -> bool:
    """A type may end in an asterisk: `customer.subscription.*`."""
    is_delivered = event["pending_webhooks"] == 0
    types = params.get("types") or [params.get("type", "*")]
    return params.get("delivery_success", is_delivered) == is_delivered and any(
        fnmatch.fnmatchcase(event["type"], type) for type in types
    )
