"""A world is one mode (test or live) of one account: its objects, its events and its due dates."""

import heapq
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from . import errors
from .changes import copied, difference
from .idempotency import Keys
from .identifiers import new_id

if TYPE_CHECKING:
    from .accounts import Account

Object = dict[str, Any]
# Of which Stripe tells nobody.
NO_EVENTS = {
    "checkout.session.updated", "invoiceitem.updated", "payment_intent.updated",
    "webhook_endpoint.deleted", "webhook_endpoint.updated",
}  # fmt: skip


class World:
    """Objects are kept as Stripe shows them, with ids where Stripe can expand.

    Keys that start with an underscore are the sandbox's own (a test card's number, say) and never
    leave it. The account's lock guards everything here.
    """

    def __init__(self, account: "Account", *, livemode: bool, clock: Callable[[], int]) -> None:
        self.account = account
        self.lock = account.lock
        self.livemode = livemode
        self.idempotency_keys = Keys()
        self.tables: dict[str, dict[str, Object]] = {}
        self.due: list[list[Any]] = []
        self.due_count = 0
        self.instant: int | None = None
        self.clock = clock
        self.request: dict[str, str | None] = {"id": None, "idempotency_key": None}
        self.on_event: Callable[[World, Object], None] = lambda world, event: None

    @property
    def mode(self) -> str:
        return "live" if self.livemode else "test"

    # Objects

    def table(self, kind: str) -> dict[str, Object]:
        return self.tables.setdefault(kind, {})

    def add(self, obj: Object, event: str | None = None) -> Object:
        self.table(obj["object"])[obj["id"]] = obj
        if event:
            self.emit(event, obj)
        return obj

    def find(self, kind: str, id: str | None) -> Object | None:
        return self.table(kind).get(id) if id else None

    def get(self, kind: str, id: str, param: str = "id") -> Object:
        found = self.table(kind).get(id)
        if found is None:
            other = self.account.test if self.livemode else self.account.live
            other_mode = other.mode if other.find(kind, id) else None
            raise errors.no_such(kind, id, param=param, other_mode=other_mode)
        return found

    def all(self, kind: str, **wanted: Any) -> list[Object]:
        """In the order of creation."""
        return [
            obj
            for obj in list(self.table(kind).values())
            if all(obj.get(key) == value for key, value in wanted.items())
        ]

    def locate(self, id: str) -> Object | None:
        """An object of any kind: ids are unique across Stripe's kinds."""
        return next((table[id] for table in self.tables.values() if id in table), None)

    def remove(self, obj: Object) -> None:
        self.table(obj["object"]).pop(obj["id"], None)

    def delete(self, obj: Object) -> Object:
        """Remove it; the answer is the stub that Stripe's DELETE calls give."""
        self.remove(obj)
        self.emit(f"{obj['object']}.deleted", obj)
        return {"id": obj["id"], "object": obj["object"], "deleted": True}

    # Events

    def emit(self, type: str, obj: Object, previous: Object | None = None) -> None:
        """https://docs.stripe.com/api/events/object. Test clocks don't change when events happen."""
        if type in NO_EVENTS:
            return
        content: Object = {"object": copied(obj)}
        content |= {} if previous is None else {"previous_attributes": previous}
        event: Object = {
            "id": new_id("evt"), "object": "event", "type": type, "created": self.now(),
            "api_version": self.account.options["api_version"], "data": content,
            "livemode": self.livemode, "pending_webhooks": 0, "request": dict(self.request),
        }  # fmt: skip
        self.add(event)
        self.on_event(self, event)

    @contextmanager
    def changing(self, obj: Object, event: str = "") -> Iterator[None]:
        """Change an object inside; if it did change, the event tells what it was before."""
        kind, before = obj["object"], copied(obj)
        yield
        previous = difference(before, obj)
        if previous and not obj.get("_untold"):
            owner = "customer." if kind == "subscription" else ""
            self.emit(event or f"{owner}{kind}.updated", obj, previous)

    def change(self, obj: Object, **fields: Any) -> None:
        with self.changing(obj):
            obj.update(fields)

    # Time

    def now(self) -> int:
        return self.clock() if self.instant is None else self.instant

    def time_for(self, obj: Object | None) -> int:
        """The sandbox's clock, or the test clock's to which the object's customer belongs."""
        clock = self.test_clock_of(obj)
        return clock["frozen_time"] if clock else self.now()

    def test_clock_of(self, obj: Object | None) -> Object | None:
        if not obj or not self.table("test_helpers.test_clock"):
            return None
        owner = obj if obj["object"] == "customer" else self.find("customer", obj.get("customer"))
        return self.find("test_helpers.test_clock", (owner or obj).get("test_clock"))

    def schedule(self, at: int, what: str, obj: Object) -> None:
        """Have `what` looked at when the object's clock reaches `at`; see lifecycle.py."""
        clock = self.test_clock_of(obj)
        self.due_count += 1
        heapq.heappush(clock["_due"] if clock else self.due, [at, self.due_count, what, obj["id"]])
