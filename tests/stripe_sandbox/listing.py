"""Lists with cursors: https://docs.stripe.com/api/pagination."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from . import errors
from .world import Object, World

COMPARE: dict[str, Callable[[int, int], bool]] = {
    "gt": lambda a, b: a > b,
    "gte": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "lte": lambda a, b: a <= b,
}


def wrap(objects: Iterable[Object], url: str, *, has_more: bool = False) -> Object:
    return {"object": "list", "data": list(objects), "has_more": has_more, "url": url}


def page(objects: list[Object], params: Object, url: str) -> Object:
    """One page of objects that are in Stripe's order already: newest first."""
    limit = params.get("limit", 10)
    if not 1 <= limit <= 100:
        comparison = "greater than or equal to 1" if limit < 1 else "less than or equal to 100"
        raise errors.StripeError(
            f"This value must be {comparison} (it currently is '{limit}').",
            code="parameter_invalid_integer",
            param="limit",
        )
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
    kind = objects[0]["object"] if objects else "object"
    raise errors.no_such(kind, id, param=param)


def list_of(
    world: World,
    kind: str,
    params: Object,
    url: str,
    *,
    equal: tuple[str, ...] = (),
    keep: Callable[[Object], bool] = lambda obj: True,
) -> Object:
    """Newest first; `equal` names the parameters that must equal the field of their name."""
    created = params.get("created")
    chosen = [
        obj
        for obj in reversed(world.table(kind).values())
        if not obj.get("deleted")
        and all(obj.get(name) == params[name] for name in equal if name in params)
        and in_range(obj.get("created", obj.get("date")), created)
        and keep(obj)
    ]
    return page(chosen, params, url)


def in_range(value: Any, wanted: Any) -> bool:
    if wanted is None or wanted == "":
        return True
    if isinstance(wanted, dict):
        return all(COMPARE[name](value, limit) for name, limit in wanted.items())
    return bool(value == wanted)
