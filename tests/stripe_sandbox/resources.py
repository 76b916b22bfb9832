"""What the calls on all kinds of objects share: changes, lists, and how objects are shown.

https://docs.stripe.com/api/pagination, https://docs.stripe.com/api/expanding_objects
"""

import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from . import errors, shapes
from .changes import apply
from .world import Object, World

Keep = Callable[[World, Object, Object], bool]
Change = Callable[[World, Object, Object], None]
# Fields that Stripe leaves out unless they are asked for with expand.
Includable = dict[tuple[str, str], Callable[[World, Object], Any]]
COMPARE = {"gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le}


def retrieve(kind: str, world: World, params: Object, id: str) -> Object:
    return world.get(kind, id)


def change_fields(*names: str) -> Change:
    """A change that only carries these fields over, or all."""
    return lambda world, obj, params: apply(obj, params, *names)


def create(kind: str, change: Change, world: World, params: Object) -> Object:
    if world.find(kind, params.get("id")):
        raise errors.refused("exists", what=kind.title())
    made = shapes.new(world, kind)
    change(world, made, params)
    return world.add(made, f"{kind}.created")


def update(kind: str, change: Change, world: World, params: Object, id: str) -> Object:
    obj = world.get(kind, id)
    if obj.get("deleted"):
        raise errors.no_such(kind, id)
    with world.changing(obj):
        change(world, obj, params)
        if "updated" in obj:
            obj["updated"] = world.now()
    return obj


def delete(kind: str, world: World, params: Object, id: str) -> Object:
    return world.delete(world.get(kind, id))


def list_of(
    kind: str, url: str, filters: Sequence[str], keep: Keep | None, world: World, params: Object
) -> Object:
    """Newest first. A filter is a parameter's name, or `name=path` of the field that it is about."""
    if "customer" in params and "customer" in filters:
        world.get("customer", params["customer"], "customer")
    fields = {"created": "created"}
    fields |= {name: field or name for name, _, field in (f.partition("=") for f in filters)}
    chosen = [
        obj
        for obj in reversed(world.table(kind).values())
        if not obj.get("deleted")
        and all(matches(at(obj, fields[name]), params[name]) for name in fields.keys() & params)
        and (keep is None or keep(world, params, obj))
    ]
    return page(chosen, params, url)


def at(obj: Any, path: str) -> Any:
    for part in path.split("."):
        obj = obj[int(part)] if isinstance(obj, list) else (obj or {}).get(part)
    return obj


def matches(held: Any, wanted: Any) -> bool:
    """The value itself, one of a list, or a hash: of limits, or of values inside."""
    if isinstance(wanted, dict) and wanted.keys() <= COMPARE.keys():
        return all(COMPARE[name](held, limit) for name, limit in wanted.items())
    if isinstance(wanted, dict):
        return all(matches((held or {}).get(name), value) for name, value in wanted.items())
    return held in wanted if isinstance(wanted, list) else bool(held == wanted)


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


# From stored objects to what leaves the sandbox


def present(value: Any) -> Any:
    """A deep copy without the keys that are the sandbox's own."""
    if isinstance(value, dict):
        return {key: present(item) for key, item in value.items() if not key.startswith("_")}
    if isinstance(value, list | tuple):
        return [present(item) for item in value]
    return value


def expand(world: World, value: Object, paths: list[str], includable: Includable) -> None:
    for path in paths:
        parts = path.split(".")
        if len(parts) - (parts[0] == "data") > 4:
            raise errors.refused("expand_depth", path=path)
        expand_path(world, value, parts, path, includable)


def expand_path(
    world: World, holder: Any, parts: list[str], path: str, includable: Includable
) -> None:
    if isinstance(holder, list):
        for item in holder:
            expand_path(world, item, parts, path, includable)
    if not isinstance(holder, dict) or not parts:
        return
    key, *rest = parts
    include = includable.get((holder.get("object", ""), key))
    if include and key not in holder:
        holder[key] = present(include(world, holder))
    held = holder.get(key, "")
    if isinstance(held, list):
        ids = [item for item in held if isinstance(item, str)]
        held = [present(world.locate(id)) or id for id in ids] or held
    elif held is not None and not isinstance(held, dict):
        held = present(world.locate(held))
        if held is None:
            raise errors.refused("cannot_expand", path=path)
    holder[key] = held
    expand_path(world, held, rest, path, includable)
