"""The buttons of the sandbox's own pages."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import checkout, disputes, payment_methods, subscription_updates, webhook_endpoints
from .world import Object, World

if TYPE_CHECKING:
    from .server import Sandbox


def move_clock(sandbox: "Sandbox", by: str) -> None:
    """`by` is a number of days, or "next"."""
    if by == "next":
        sandbox.advance_to_next()
    else:
        sandbox.advance(float(by) * 86400)


def mischief(sandbox: "Sandbox", **form: str) -> None:
    answer = form.get("answer") or None
    sandbox.mischief(
        **{name: float(form.get(name) or 0) for name in ("delay", "latency")},
        **{name: int(form.get(name) or 1) for name in ("copies", "parallel")},
        **{name: name in form for name in ("shuffle", "drop")},
        only=form.get("only", "").split(),
        answer=int(answer) if answer and answer.isdigit() else answer,
        times=int(form.get("times") or 0),
    )


def send_again(sandbox: "Sandbox", event: str = "", delivery: str = "") -> None:
    """An event to all who want it, one delivery, or whatever hasn't arrived."""
    if event:
        sandbox.deliver(event)
    else:
        sandbox.deliverer.send_again(
            lambda sent: sent.id == delivery if delivery else sent.state in ("failed", "withheld")
        )


def create_account(sandbox: "Sandbox", name: str = "") -> None:
    if not name.strip():
        raise ValueError("An account needs a name.")
    sandbox.create_account(name.strip())


def charge_of(world: World, invoice: Object) -> Object:
    intent = world.get("payment_intent", invoice["_intent"])
    return world.get("charge", intent["latest_charge"])


def on(kind: str, act: Callable[..., Any]) -> Callable[..., None]:
    """A button beside an object of that kind."""

    def press(sandbox: "Sandbox", id: str, **form: str) -> None:
        world, obj = sandbox.find(kind, id)
        with world.lock:
            act(world, obj, **form)

    return press


def cancel(world: World, subscription: Object) -> None:
    subscription_updates.cancel(world, {}, subscription["id"])


def settle_debit(world: World, intent: Object, result: str) -> None:
    checkout.debit_settles(world, intent, succeeds=result == "succeed")


def refund(world: World, invoice: Object) -> None:
    disputes.create_refund(world, {"charge": charge_of(world, invoice)["id"]})


def dispute(world: World, invoice: Object) -> None:
    disputes.open_dispute(world, charge_of(world, invoice))


BUTTONS: dict[str, Callable[..., None]] = {
    "clock": move_clock,
    "mischief": mischief,
    "calm": lambda sandbox, **form: sandbox.mischief(),
    "send-again": send_again,
    "account": create_account,
    "cancel": on("subscription", cancel),
    "reissue-card": on("payment_method", payment_methods.replace_automatically),
    "settle-debit": on("payment_intent", settle_debit),
    "refund": on("invoice", refund),
    "dispute": on("invoice", dispute),
    "roll-secret": on("webhook_endpoint", webhook_endpoints.roll_secret),
}
