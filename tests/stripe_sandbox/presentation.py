"""From stored objects to what leaves the sandbox: own keys dropped, `expand[]` carried out."""

from collections.abc import Callable
from typing import Any

from . import errors
from .world import Object, World

# Fields that Stripe leaves out unless they are asked for with expand.
Includable = dict[tuple[str, str], Callable[[World, Object], Any]]


def present(value: Any) -> Any:
    """A deep copy without the keys that are the sandbox's own."""
    if isinstance(value, dict):
        return {key: present(item) for key, item in value.items() if not key.startswith("_")}
    if isinstance(value, list | tuple):
        return [present(item) for item in value]
    return value


def expand(world: World, value: Object, paths: list[str], includable: Includable) -> Object:
    for path in paths:
        parts = path.split(".")
        if len(parts) - (parts[0] == "data") > 4:
            raise errors.refused("expand_depth", path=path)
        expand_path(world, value, parts, path, includable)
    return value


def expand_path(
    world: World, holder: Any, parts: list[str], path: str, includable: Includable
) -> None:
    if isinstance(holder, list):
        for item in holder:
            expand_path(world, item, parts, path, includable)
        return
    if holder is None or not parts:
        return
    key, rest = parts[0], parts[1:]
    if not isinstance(holder, dict):
        raise errors.refused("cannot_expand", path=path)
    if (holder.get("object"), key) in includable and key not in holder:
        holder[key] = present(includable[holder["object"], key](world, holder))
    elif key not in holder:
        raise errors.refused("cannot_expand", path=path)
    held = holder[key]
    if isinstance(held, str):
        found = world.locate(held)
        if found is None:
            raise errors.refused("cannot_expand", path=path)
        holder[key] = present(found)
    elif isinstance(held, list) and held and all(isinstance(item, str) for item in held):
        holder[key] = [present(world.locate(item)) or item for item in held]
    elif not rest and not isinstance(held, dict | list | None):
        raise errors.refused("cannot_expand", path=path)
    expand_path(world, holder[key], rest, path, includable)
