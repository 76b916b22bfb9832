"""The sandbox apart from the web: accounts, the clock, and what a test may ask of them."""

import json
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any

import stripe

from . import errors, lifecycle
from .accounts import Account
from .changes import copied
from .deliveries import RETRY_AFTER, Deliverer, is_local
from .messages import OverError
from .mischief import Mischief
from .portal import make_default
from .world import Object, World

# Of the file that keeps the state; and what of a world is kept in it.
FORMAT = 2
KEPT = ("tables", "due", "due_count")


class Controls:
    """What server.Sandbox has and does, whoever asks for it."""

    def __init__(
        self, port: int = 12111, host: str = "127.0.0.1", *, mail_dir: str | Path | None = None,
        state_file: str | Path | None = None, retry_after: tuple[float, ...] = RETRY_AFTER,
        days_behind: float = 0, verbose: bool = False,
    ) -> None:  # fmt: skip
        if not is_local(host):
            raise ValueError(f"The sandbox listens on this machine only, not on {host}.")
        self.host, self.port, self.verbose = host, port, verbose
        self.mail_dir = Path(mail_dir) if mail_dir else None
        self.state_file = Path(state_file) if state_file else None
        self.api_version = stripe.api_version
        self.accounts: dict[str, Account] = {}
        self.offset = -days_behind * 86400
        self.lock = threading.RLock()
        self.misbehaviour = Mischief()
        self.deliverer = Deliverer(self.misbehaviour, retry_after)
        self.request_log: deque[dict[str, Any]] = deque(maxlen=10_000)
        self.is_changed = threading.Event()
        if self.state_file and self.state_file.exists():
            self.load(json.loads(self.state_file.read_text()))

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    def save(self) -> None:
        """Written beside the file and then put in its place: never half a state."""
        if not self.state_file or not self.is_changed.is_set():
            return
        self.is_changed.clear()
        accounts = []
        for account in list(self.accounts.values()):
            with account.lock:
                kept = {name: getattr(account, name) for name in ("name", "options", "created")}
                for world in account.worlds:
                    kept[world.mode] = {name: getattr(world, name) for name in KEPT}
                accounts.append(copied(kept))
        self.state_file.parent.mkdir(parents=True, exist_ok=True)
        beside = self.state_file.with_name(f"{self.state_file.name}.{threading.get_ident()}")
        state = {"format": FORMAT, "offset": self.offset, "accounts": accounts}
        beside.write_text(json.dumps(state))
        beside.replace(self.state_file)

    def load(self, state: dict[str, Any]) -> None:
        if state.get("format") != FORMAT:
            raise ValueError(
                f"{self.state_file} was written by another version of the sandbox. "
                "Delete it; a demo begins anew after `make reset`."
            )
        self.offset = state["offset"]
        for kept in state["accounts"]:
            account = Account(kept["name"], self.now, **kept["options"])
            account.created = kept["created"]
            for world in account.worlds:
                vars(world).update(kept[world.mode])
            self.adopt(account)

    def reset(self) -> None:
        """Forget everything, accounts too, and go back to the wall's time."""
        with self.lock:
            self.deliverer.clear()
            self.request_log.clear()
            self.mischief()
            self.offset = 0.0
            self.accounts.clear()
            self.is_changed.set()

    # Accounts

    def create_account(self, name: str, **options: Any) -> Account:
        """The account of that name; its keys follow from the name."""
        if not name.strip():
            raise ValueError("An account needs a name.")
        with self.lock:
            if name in self.accounts:
                self.accounts[name].set(**options)
                return self.accounts[name]
            account = Account(name, self.now, **options)
            self.adopt(account)
            if account.options["portal"]:
                for world in account.worlds:
                    make_default(world)
            self.is_changed.set()
            return account

    def adopt(self, account: Account) -> None:
        account.base_url = lambda: self.url
        for world in account.worlds:
            world.on_event = self.deliverer.announce
        self.accounts[account.name] = account

    def world_for(self, key: str) -> World:
        for account in self.accounts.values():
            if key in account.keys.values():
                return account.live if "_live_" in key else account.test
        hidden = key[:8] + "*" * max(len(key) - 12, 4) + key[-4:]
        raise errors.refused("invalid_api_key", key=hidden)

    def worlds(self) -> list[World]:
        return [world for account in list(self.accounts.values()) for world in account.worlds]

    def find(self, kind: str, id: str) -> tuple[World, Object]:
        for world in self.worlds():
            if found := world.find(kind, id):
                return world, found
        raise OverError(text=f"There is no {kind} {id}.")

    # The clock

    def now(self) -> int:
        return int(time.time() + self.offset)

    def run_due(self, world: World) -> None:
        with world.lock:
            if world.instant is None:
                lifecycle.run_until(world, self.now())

    def advance(self, seconds: float) -> int:
        return self.advance_to(self.now() + seconds)

    def advance_to(self, epoch: float) -> int:
        """Everything due until then happens, each thing at its own time."""
        with self.lock:
            if epoch < self.now():
                raise ValueError("the clock only moves forward")
            for world in self.worlds():
                lifecycle.run_until(world, int(epoch))
            self.offset = epoch - time.time()
            self.is_changed.set()
            return self.now()

    def next_due(self) -> int | None:
        return min((world.due[0][0] for world in self.worlds() if world.due), default=None)

    def advance_to_next(self) -> int:
        """To the next moment at which something happens."""
        return self.advance_to(max(self.next_due() or 0, self.now()))

    # What happened, what is told of it, and what goes wrong

    def events(
        self, account: str | Account, type: str | None = None, *, livemode: bool = False
    ) -> list[Object]:
        owner = account if isinstance(account, Account) else self.accounts[account]
        world = owner.live if livemode else owner.test
        with world.lock:
            return world.all("event", **({"type": type} if type else {}))

    def flush(self, timeout: float = 30.0) -> bool:
        return self.deliverer.flush(timeout)

    def deliveries(self) -> list[Object]:
        return [delivery.describe() for delivery in list(self.deliverer.all)]

    def deliver(self, event_id: str, times: int = 1, *, at_once: bool = False) -> int:
        """Send an event again, to every endpoint; `at_once`: in parallel."""
        world, event = self.find("event", event_id)
        endpoints = world.all("webhook_endpoint")
        for endpoint in endpoints:
            for number in range(times):
                lane = f"{endpoint['id']}-{number}" if at_once else ""
                self.deliverer.put(self.deliverer.new(world, event, endpoint, lane))
        return len(endpoints) * times

    def mischief(self, **changes: Any) -> dict[str, Any]:
        """Without arguments all is calm again; see mischief.Settings for what there is."""
        return self.misbehaviour.change(**changes)

    def requests(
        self, account: str | None = None, method: str | None = None, path: str | None = None
    ) -> list[dict[str, Any]]:
        """The API calls that arrived."""
        asked = {"account": account, "method": method, "path": path}
        wanted = {name: value for name, value in asked.items() if value is not None}
        return [entry for entry in list(self.request_log) if wanted.items() <= entry.items()]
