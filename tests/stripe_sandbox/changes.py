"""Changing objects as parameters say, and telling what changed, as events do."""

import pickle
from typing import Any

from .errors import refused


def copied(obj: dict[str, Any]) -> dict[str, Any]:
    """As copy.deepcopy, for plain data six times as fast: every event holds a copy."""
    made: dict[str, Any] = pickle.loads(pickle.dumps(obj, -1))
    return made


def difference(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """`previous_attributes`: the old values of what changed; nested hashes only in part.

    https://docs.stripe.com/api/events/object#event_object-data-previous_attributes
    """
    changed: dict[str, Any] = {}
    for key in before.keys() | after.keys():
        old, new = before.get(key), after.get(key)
        if old == new or key.startswith("_"):
            continue
        in_part = isinstance(old, dict) and isinstance(new, dict)
        changed[key] = difference(old, new) if in_part else old
    return changed


def merge_metadata(old: dict[str, str] | None, new: dict[str, str] | str) -> dict[str, str]:
    """An empty value deletes its key; an empty string all (https://docs.stripe.com/metadata)."""
    merged = {**(old or {}), **new} if isinstance(new, dict) else {}
    return {key: value for key, value in merged.items() if value != ""}


def apply(obj: dict[str, Any], params: dict[str, Any], *names: str) -> None:
    """Carry parameters over to the fields of their names; a hash into a hash.

    The empty string unsets. With `names` only these, else all that the object has.
    """
    for name in names or obj.keys() & params.keys():
        if name not in params or name == "metadata":
            continue
        held, wanted = obj.get(name), params[name]
        if isinstance(held, dict) and isinstance(wanted, dict):
            apply(held, wanted, *wanted)
        elif wanted == "":
            obj[name] = [] if isinstance(held, list) else None
        else:
            obj[name] = wanted
    if "metadata" in params:
        obj["metadata"] = merge_metadata(obj.get("metadata"), params["metadata"])


def need(params: dict[str, Any], *names: str) -> None:
    for name in names:
        if params.get(name) in (None, "", []):
            raise refused("missing", param=name)
