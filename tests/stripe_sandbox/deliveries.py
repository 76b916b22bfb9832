"""Sending webhooks: in the background, signed, again when they fail.

https://docs.stripe.com/webhooks#delivery-behaviors. Stripe retries for three days; here the waits
are seconds of the wall's clock, so that a test or a person sees them happen.
"""

import ipaddress
import itertools
import json
import random
import threading
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import urllib3
from stripe import WebhookSignature

from . import old_shapes
from .mischief import Mischief
from .resources import present
from .webhook_endpoints import subscribed
from .world import Object, World

RETRY_AFTER = (0.1, 0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0)  # then it is given up
GATHER = 0.3  # seconds over which shuffled webhooks are gathered
WORKERS = 8
# A developer's certificate is nobody's secret; the address is this machine.
POOL = urllib3.PoolManager(cert_reqs="CERT_NONE", timeout=20, retries=False)
HEADERS = {
    "Connection": "close",
    "Content-Type": "application/json; charset=utf-8",
    "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks; sandbox)",
}


@dataclass(eq=False)
class Delivery:
    """One event on its way to one endpoint. Those of one lane go one after the other."""

    id: str
    world: World
    event: Object
    endpoint: Object
    lane: str
    due: float = 0.0  # on the machine's monotonic clock
    state: str = "waiting"  # succeeded, failed (given up), withheld (by mischief)
    attempts: list[Object] = field(default_factory=list)

    def describe(self) -> Object:
        same = {"id": self.id, "state": self.state, "attempts": self.attempts}
        event = {"event": self.event["id"], "type": self.event["type"]}
        endpoint = {"endpoint": self.endpoint["id"], "url": self.endpoint["url"]}
        account, livemode = self.world.account.name, self.world.livemode
        return {**same, **event, **endpoint, "account": account, "livemode": livemode}


class Deliverer:
    """Webhooks of an endpoint go one after the other unless mischief wants them otherwise."""

    def __init__(self, mischief: Mischief, retry_after: tuple[float, ...] = RETRY_AFTER) -> None:
        self.mischief = mischief
        self.retry_after = retry_after
        self.all: deque[Delivery] = deque(maxlen=5000)
        self.waiting: list[Delivery] = []
        self.running: Counter[str] = Counter()
        self.numbers = itertools.count(1)
        self.changed = threading.Condition()
        self.stopping = False
        self.threads: list[threading.Thread] = []

    def start(self) -> None:
        self.stopping = False
        self.threads = [threading.Thread(target=self.work, daemon=True) for _ in range(WORKERS)]
        for thread in self.threads:
            thread.start()

    def stop(self) -> None:
        with self.changed:
            self.stopping = True
            self.changed.notify_all()
        for thread in self.threads:
            thread.join(timeout=2)

    def announce(self, world: World, event: Object) -> None:
        """Called for each new event: one delivery for each endpoint that wants it."""
        settings = self.mischief.settings
        is_concerned = not settings.only or event["type"] in settings.only
        copies = settings.copies if is_concerned else 1
        wait = settings.delay + (GATHER if settings.shuffle else 0) if is_concerned else 0
        for endpoint in subscribed(world, event["type"]) * copies:
            delivery = self.new(world, event, endpoint)
            event["pending_webhooks"] += 1
            if is_concerned and settings.drop:
                delivery.state = "withheld"
            else:
                self.put(delivery, wait)

    def new(self, world: World, event: Object, endpoint: Object, lane: str = "") -> Delivery:
        id, lane = f"del_{next(self.numbers)}", lane or endpoint["id"]
        delivery = Delivery(id, world, event, endpoint, lane)
        self.all.append(delivery)
        return delivery

    def put(self, delivery: Delivery, wait: float = 0.0) -> None:
        with self.changed:
            delivery.state, delivery.due = "waiting", time.monotonic() + wait
            self.waiting.append(delivery)
            self.changed.notify_all()

    def work(self) -> None:
        while True:
            with self.changed:
                while (delivery := self.take()) is None:
                    if self.stopping:
                        return
                    now = time.monotonic()
                    later = [d.due - now for d in self.waiting if d.due > now]
                    self.changed.wait(min(later, default=None))
                self.running[delivery.lane] += 1
            try:
                self.attempt(delivery)
            finally:
                with self.changed:
                    self.running[delivery.lane] -= 1
                    self.changed.notify_all()

    def take(self) -> Delivery | None:
        """The next one that may go out now; under the lock."""
        now, settings = time.monotonic(), self.mischief.settings
        most = max(settings.parallel, 1)
        free = [d for d in self.waiting if d.due <= now and self.running[d.lane] < most]
        if self.stopping or not free:
            return None
        taken = random.choice(free) if settings.shuffle else min(free, key=lambda d: d.due)
        self.waiting.remove(taken)
        return taken

    def attempt(self, delivery: Delivery) -> None:
        """Send it once; if that fails, have it tried again or give it up."""
        endpoint, world = delivery.endpoint, delivery.world
        body, stamp = rendered(delivery.event, endpoint, world), int(time.time())
        signature = signed(endpoint["_secrets"], body, stamp, livemode=world.livemode)
        status, answer = post(endpoint["url"], body, signature)
        delivery.attempts.append({"at": stamp, "status": status, "answer": answer[:500]})
        index = len(delivery.attempts) - 1
        is_wanted = world.find("webhook_endpoint", endpoint["id"]) and delivery in self.all
        if 200 <= status < 300:
            delivery.state = "succeeded"
            delivery.event["pending_webhooks"] = max(delivery.event["pending_webhooks"] - 1, 0)
        elif index < len(self.retry_after) and is_wanted:
            self.put(delivery, self.retry_after[index])
        else:
            delivery.state = "failed"

    def flush(self, timeout: float = 30.0) -> bool:
        """Wait until nothing is on its way; False if the time ran out first."""
        with self.changed:
            return self.changed.wait_for(
                lambda: not self.waiting and not any(self.running.values()), timeout
            )

    def clear(self) -> None:
        with self.changed:
            self.waiting.clear()
            self.all.clear()
            self.changed.notify_all()

    def send_again(self, id: str = "") -> None:
        """By hand: one delivery, whatever became of it, or all that haven't arrived."""
        for delivery in list(self.all):
            if delivery.id == id if id else delivery.state in ("failed", "withheld"):
                self.put(self.new(delivery.world, delivery.event, delivery.endpoint))


def rendered(event: Object, endpoint: Object, world: World) -> bytes:
    """The event as this endpoint reads it: in its API version's shapes."""
    version = endpoint["api_version"] or world.account.options["api_version"]
    content: Any = present(event) | {"api_version": version}
    if old_shapes.is_old(version):
        content = old_shapes.event(world, content)
    return json.dumps(content, indent=2).encode()


def signed(secrets: list[str], body: bytes, timestamp: int, *, livemode: bool) -> str:
    """One v1 for each secret that is valid now; test events carry a v0 that nobody may trust."""
    text = f"{timestamp}.{body.decode()}"
    schemes = [("v1", secret) for secret in secrets] + [("v0", "not a secret")] * (not livemode)
    digests = [f"{v}={WebhookSignature._compute_signature(text, key)}" for v, key in schemes]
    return ",".join([f"t={timestamp}", *digests])


def is_local(host: str) -> bool:
    """localhost, any *.localhost (RFC 6761), and loopback addresses."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def post(url: str, body: bytes, signature: str) -> tuple[int, str]:
    """Status and answer; status 0 when there was no answer, and then why."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if not is_local(host):
        return 0, f"The sandbox sends to this machine only, not to {host}."
    # Python resolves no *.localhost: connect to the loopback address and name the host.
    address = url.replace(host, "127.0.0.1", 1) if host.endswith("localhost") else url
    headers = {**HEADERS, "Host": parts.netloc, "Stripe-Signature": signature}
    try:
        answer = POOL.request("POST", address, body=body, headers=headers)
    except urllib3.exceptions.HTTPError as problem:
        return 0, f"{type(problem).__name__}: {problem}"
    return answer.status, answer.data[:4096].decode("utf-8", "replace")
