"""Stripe's objects at rest: each JSON file in shapes/ is one object as today's API shows it.

Its id is the one that it starts with.
"""

import functools
import json
from pathlib import Path
from typing import Any

from .identifiers import new_id
from .world import Object, World

FOLDER = Path(__file__).parent / "shapes"


@functools.cache
def text(name: str) -> str:
    return (FOLDER / f"{name}.json").read_text()


def at_rest(name: str) -> Any:
    return json.loads(text(name))


def new(world: World, kind: str, **fields: Any) -> Object:
    """An object of that kind, not stored yet; its time is that of its customer's clock."""
    made: Object = at_rest(kind)
    unknown = [name for name in fields if name not in made and not name.startswith("_")]
    if unknown:
        raise ValueError(f"a {kind} has no {', '.join(unknown)}")
    if "created" in made:
        made["created"] = world.time_for({"object": kind, "customer": None, **fields})
    if "updated" in made:
        made["updated"] = world.now()
    if "livemode" in made:
        made["livemode"] = world.livemode
    made.update(fields)
    made["id"] = fields.get("id") or new_id(made["id"])
    return made
