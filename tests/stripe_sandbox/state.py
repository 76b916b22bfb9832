"""Keeping the sandbox's state in a file, so that a demo that is started twice has its customers."""

import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from .accounts import Account
from .changes import copied

if TYPE_CHECKING:
    from .server import Sandbox

FORMAT = 2
KEPT = ("tables", "due", "due_count")  # of a world


def save(sandbox: "Sandbox", file: Path) -> None:
    """Written beside the file and then put in its place: never half a state."""
    kept = {"format": FORMAT, "offset": sandbox.offset, "accounts": []}
    for account in list(sandbox.accounts.values()):
        with account.lock:
            told = {name: getattr(account, name) for name in ("name", "options", "created")}
            worlds = {w.mode: {name: getattr(w, name) for name in KEPT} for w in account.worlds}
            kept["accounts"].append(copied(told | worlds))
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f"{file.name}.{threading.get_ident()}")
    beside.write_text(json.dumps(kept))
    beside.replace(file)


def load(sandbox: "Sandbox", file: Path) -> None:
    found = json.loads(file.read_text())
    if found.get("format") != FORMAT:
        raise ValueError(f"{file} was written by another version of the sandbox; delete it.")
    sandbox.offset = found["offset"]
    for kept in found["accounts"]:
        account = Account(kept["name"], sandbox.now, **kept["options"])
        account.created = kept["created"]
        for world in account.worlds:
            vars(world).update(kept[world.mode])
        sandbox.adopt(account)
