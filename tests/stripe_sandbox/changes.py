"""What changed between two states of an object, as events tell it."""

from __future__ import annotations

import pickle
from typing import Any


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
        if isinstance(old, dict) and isinstance(new, dict):
            inner = difference(old, new)
            if inner:
                changed[key] = inner
        else:
            changed[key] = old
    return changed


def merge_metadata(old: dict[str, str] | None, new: dict[str, str] | str) -> dict[str, str]:
    """An empty value deletes its key; an empty string all (https://docs.stripe.com/metadata)."""
    if new == "":
        return {}
    merged = {**(old or {}), **dict(new)}
    return {key: value for key, value in merged.items() if value != ""}


def apply(obj: dict[str, Any], params: dict[str, Any], names: tuple[str, ...]) -> None:
    """Copy plain parameters to the fields of the same name; the empty string unsets."""
    for name in names:
        if name in params:
            obj[name] = None if params[name] == "" else params[name]
    if "metadata" in params:
        obj["metadata"] = merge_metadata(obj.get("metadata"), params["metadata"])
