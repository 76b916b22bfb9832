"""The sandbox itself: accounts, the clock, and everything that a test may ask of it."""

from __future__ import annotations

import sys
import threading
import time
import traceback
from collections import deque
from pathlib import Path
from typing import Any

import stripe

from . import dashboard_actions, due, errors, hosted, shapes, state
from .accounts import Account
from .deliveries import RETRY_AFTER, Deliverer
from .idempotency import Keys
from .listener import Listener
from .mischief import Mischief
from .outbound import is_local
from .portal import make_default
from .world import Object, World

TICK = 0.5


class Sandbox:
    """`Sandbox(port=0).start()` listens in a background thread; `stop()` ends it."""

    def __init__(
        self,
        port: int = 12111,
        host: str = "127.0.0.1",
        *,
        mail_dir: str | Path | None = None,
        state_file: str | Path | None = None,
        retry_after: tuple[float, ...] = RETRY_AFTER,
        days_behind: float = 0,
        verbose: bool = False,
    ) -> None:
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
        self.keys: dict[tuple[str, bool], Keys] = {}
        self.listener: Listener | None = None
        self.is_changed = threading.Event()
        self.stopping = threading.Event()
        if self.state_file:
            state.load(self, self.state_file)

    # Running

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    def start(self) -> Sandbox:
        self.listener = Listener(self.host, self.port, self)
        self.port = self.listener.server_address[1]
        self.stopping.clear()
        self.deliverer.start()
        serving = threading.Thread(target=self.listener.serve_forever, args=(0.05,), daemon=True)
        serving.start()
        threading.Thread(target=self.tick, daemon=True).start()
        return self

    def stop(self) -> None:
        self.stopping.set()
        if self.listener:
            self.listener.shutdown()
            self.listener.server_close()
            self.listener = None
        self.deliverer.stop()
        self.save()

    def tick(self) -> None:
        """Time passes even when nobody asks: what becomes due happens, and the state is kept."""
        while not self.stopping.wait(TICK):
            try:
                for world in self.worlds():
                    with world.lock:
                        self.run_due(world)
                self.save()
            except Exception:  # noqa: BLE001 - time must go on; the mistake is shown
                self.report(traceback.format_exc())

    def save(self) -> None:
        if self.state_file and self.is_changed.is_set():
            self.is_changed.clear()
            state.save(self, self.state_file)

    def changed(self) -> None:
        self.is_changed.set()

    def report(self, text: str, *, quiet: bool = False) -> None:
        if self.verbose or not quiet:
            sys.stderr.write(text + "\n")

    # Accounts

    def create_account(self, name: str, **options: Any) -> Account:
        """The account of that name; its keys follow from the name."""
        with self.lock:
            if name in self.accounts:
                account = self.accounts[name]
                account.set(**options)
                return account
            account = Account(name, self.now, **options)
            self.adopt(account)
            if account.options["portal"]:
                for world in account.worlds:
                    make_default(world)
            self.changed()
            return account

    def adopt(self, account: Account) -> None:
        account.base_url = lambda: self.url
        for world in account.worlds:
            world.on_event = self.announce
        self.accounts[account.name] = account

    def announce(self, world: World, event: Object) -> None:
        self.deliverer.announce(world, event)

    def world_for(self, key: str) -> World:
        for account in self.accounts.values():
            if key in account.keys.values():
                return account.live if "_live_" in key else account.test
        raise errors.invalid_api_key(key)

    def worlds(self) -> list[World]:
        return [world for account in list(self.accounts.values()) for world in account.worlds]

    def idempotency_keys(self, world: World) -> Keys:
        with self.lock:
            return self.keys.setdefault((world.account.name, world.livemode), Keys())

    # The clock

    def now(self) -> int:
        return int(time.time() + self.offset)

    def run_due(self, world: World) -> None:
        if world.instant is None:
            due.run_until(world, self.now())

    def advance(self, seconds: float) -> int:
        return self.advance_to(self.now() + seconds)

    def advance_to(self, epoch: float) -> int:
        """Everything due until then happens, each thing at its own time."""
        with self.lock:
            if epoch < self.now():
                raise ValueError("the clock only moves forward")
            for world in self.worlds():
                due.run_until(world, int(epoch))
            self.offset = epoch - time.time()
            self.changed()
            return self.now()

    def next_due(self) -> int | None:
        moments = [moment for world in self.worlds() if (moment := due.next_due(world))]
        return min(moments, default=None)

    def advance_to_next(self) -> int:
        """To the next moment at which something happens."""
        return self.advance_to(max(self.next_due() or 0, self.now()))

    # Events and their deliveries

    def events(
        self, account: str | Account, type: str | None = None, *, livemode: bool = False
    ) -> list[Object]:
        owner = account if isinstance(account, Account) else self.accounts[account]
        world = owner.live if livemode else owner.test
        with world.lock:
            return [
                event
                for event in world.table("event").values()
                if type is None or event["type"] == type
            ]

    def flush(self, timeout: float = 30.0) -> bool:
        return self.deliverer.flush(timeout)

    def deliveries(self) -> list[Object]:
        return [delivery.describe() for delivery in list(self.deliverer.all)]

    def deliver(
        self,
        event_id: str,
        to_url: str | None = None,
        times: int = 1,
        *,
        at_once: bool = False,
        secret: str | None = None,
    ) -> int:
        """Send an event again, to all who want it or to one address; `at_once`: in parallel.

        With a `secret`, it is sent to an address that isn't registered as an endpoint.
        """
        world, event = self.find_event(event_id)
        endpoints = world.all("webhook_endpoint")
        if secret and to_url:
            endpoints = [shapes.new(world, "webhook_endpoint", url=to_url, _secrets=[secret])]
        elif to_url:
            same = [endpoint for endpoint in endpoints if endpoint["url"] == to_url]
            endpoints = same or endpoints[:1]
        sent = 0
        for endpoint in endpoints:
            for number in range(times):
                delivery = self.deliverer.new(world, event, endpoint, to_url)
                if at_once:
                    delivery.endpoint = endpoint | {"id": f"{endpoint['id']}-{number}"}
                self.deliverer.put(delivery)
                sent += 1
        return sent

    def find_event(self, event_id: str) -> tuple[World, Object]:
        for world in self.worlds():
            event = world.find("event", event_id)
            if event:
                return world, event
        raise KeyError(f"no event {event_id}")

    def mischief(self, **changes: Any) -> dict[str, Any]:
        """Without arguments all is calm again; see mischief.Settings for what there is."""
        if not changes:
            self.misbehaviour.calm()
        return self.misbehaviour.change(**changes)

    def press(self, button: str, **form: str) -> None:
        """A button of the sandbox's own pages, by name: reissue-card, refund, settle-debit, …"""
        dashboard_actions.ACTIONS[button](self, form)
        self.changed()

    # The log of requests

    def log_request(self, entry: dict[str, Any]) -> None:
        self.request_log.append(entry)

    def requests(
        self, account: str | None = None, method: str | None = None, path: str | None = None
    ) -> list[dict[str, Any]]:
        wanted = {"account": account, "method": method, "path": path}
        return [
            entry
            for entry in list(self.request_log)
            if all(value is None or entry.get(name) == value for name, value in wanted.items())
        ]

    def reset(self) -> None:
        """Forget everything, accounts too, and go back to the wall's time."""
        with self.lock:
            self.deliverer.clear()
            self.request_log.clear()
            self.keys.clear()
            self.misbehaviour.calm()
            self.offset = 0.0
            self.accounts.clear()
            self.changed()

    # What a person does on the hosted pages

    def pay_checkout(self, session_id: str, card: str = "4242424242424242", **form: Any) -> Object:
        """Submit the hosted page's form; confirms 3-D Secure unless `confirm=False`.

        `bank="000123456789"` pays by bank debit instead; `code=` enters a promotion code.
        """
        return hosted.submit_checkout(self, session_id, card=card, **form)
