"""Keeping the sandbox's state in a file, so that a demo that is started twice has its customers."""

import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from .accounts import Account

if TYPE_CHECKING:
    from .server import Sandbox

FORMAT = 1
KEPT = ("tables", "due", "due_count")  # of a world


def save(sandbox: "Sandbox", file: Path) -> None:
    """Written beside the file and then put in its place: never half a state."""
    accounts = []
    for account in list(sandbox.accounts.values()):
        with account.lock:
            kept = {name: getattr(account, name) for name in ("name", "options", "created")}
            for world in account.worlds:
                kept[world.mode] = {name: getattr(world, name) for name in KEPT}
            accounts.append(json.dumps(kept))
    text = f'{{"format": {FORMAT}, "offset": {sandbox.offset}, "accounts": [{",".join(accounts)}]}}'
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f"{file.name}.{threading.get_ident()}")
    beside.write_text(text)
    beside.replace(file)


def load(sandbox: "Sandbox", file: Path) -> None:
    if not file.exists():
        return
    found = json.loads(file.read_text())
    if found.get("format") != FORMAT:
        raise ValueError(f"{file} was written by another version of the sandbox; delete it.")
    sandbox.offset = found["offset"]
    for kept in found["accounts"]:
        account = Account(kept["name"], sandbox.now, **kept["options"])
        account.created = kept["created"]
        for world in account.worlds:
            vars(world).update(kept[world.mode])
            world.due = [tuple(entry) for entry in world.due]
            for clock in world.table("test_helpers.test_clock").values():
                clock["_due"] = [tuple(entry) for entry in clock["_due"]]
        sandbox.adopt(account)
