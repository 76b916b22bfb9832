"""Keeping the sandbox's state in a file, so that a demo that is started twice has its customers."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .accounts import Account

if TYPE_CHECKING:
    from .server import Sandbox
    from .world import World

FORMAT = 1


def save(sandbox: Sandbox, file: Path) -> None:
    """Written beside the file and then put in its place: never half a state."""
    accounts = []
    for account in list(sandbox.accounts.values()):
        with account.lock:
            kept = {
                "name": account.name, "options": account.options, "created": account.created,
                "test": kept_world(account.test), "live": kept_world(account.live),
            }  # fmt: skip
            accounts.append(json.dumps(kept))
    text = f'{{"format": {FORMAT}, "offset": {sandbox.offset}, "accounts": [{",".join(accounts)}]}}'
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=file.parent, prefix=file.name)
    with os.fdopen(handle, "w") as writer:
        writer.write(text)
    Path(beside).replace(file)


def kept_world(world: World) -> dict[str, Any]:
    return {"tables": world.tables, "due": world.due, "due_count": world.due_count}


def load(sandbox: Sandbox, file: Path) -> None:
    if not file.exists():
        return
    found = json.loads(file.read_text())
    if found.get("format") != FORMAT:
        raise ValueError(f"{file} was written by another version of the sandbox; delete it.")
    sandbox.offset = found["offset"]
    for kept in found["accounts"]:
        account = Account(kept["name"], sandbox.now, **kept["options"])
        account.created = kept["created"]
        for world, tables in ((account.test, kept["test"]), (account.live, kept["live"])):
            world.tables = tables["tables"]
            world.due = [tuple(entry) for entry in tables["due"]]
            world.due_count = tables["due_count"]
            for clock in world.table("test_helpers.test_clock").values():
                clock["_due"] = [tuple(entry) for entry in clock["_due"]]
        sandbox.adopt(account)
