"""The buttons of the sandbox's own pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from . import (
    cancellation,
    checkout,
    disputes,
    payment_methods,
    subscription_updates,
    webhook_endpoints,
)  # fmt: skip
from .world import Object, World

if TYPE_CHECKING:
    from .server import Sandbox

Form = dict[str, str]


def move_clock(sandbox: Sandbox, form: Form) -> None:
    if form.get("by") == "next":
        sandbox.advance_to_next()
    else:
        sandbox.advance(float(form.get("by") or form["days"]) * 86400)


def mischief(sandbox: Sandbox, form: Form) -> None:
    answer = form.get("answer") or None
    sandbox.mischief(
        delay=float(form.get("delay") or 0),
        copies=int(form.get("copies") or 1),
        parallel=int(form.get("parallel") or 1),
        shuffle="shuffle" in form,
        drop="drop" in form,
        only=form.get("only", "").split(),
        latency=float(form.get("latency") or 0),
        answer=int(answer) if answer and answer.isdigit() else answer,
        times=int(form.get("times") or 0),
    )


def calm(sandbox: Sandbox, form: Form) -> None:
    sandbox.mischief()


def send_again(sandbox: Sandbox, form: Form) -> None:
    if "event" in form:
        sandbox.deliver(form["event"])
    elif "delivery" in form:
        sandbox.deliverer.send_again(lambda delivery: delivery.id == form["delivery"])
    else:
        sandbox.deliverer.send_again(lambda delivery: delivery.state in ("failed", "withheld"))


def held(sandbox: Sandbox, kind: str, id: str) -> tuple[World, Object]:
    for world in sandbox.worlds():
        found = world.find(kind, id)
        if found:
            return world, found
    raise KeyError(f"no {kind} {id}")


def cancel_subscription(sandbox: Sandbox, form: Form) -> None:
    world, subscription = held(sandbox, "subscription", form["id"])
    with world.lock:
        if subscription["status"] not in cancellation.FINAL:
            subscription_updates.cancel(world, {}, subscription["id"])


def reissue_card(sandbox: Sandbox, form: Form) -> None:
    world, method = held(sandbox, "payment_method", form["id"])
    with world.lock:
        payment_methods.replace_automatically(world, method, form.get("last4") or "4444")


def settle_debit(sandbox: Sandbox, form: Form) -> None:
    world, intent = held(sandbox, "payment_intent", form["id"])
    with world.lock:
        checkout.debit_settles(world, intent, succeeds=form["result"] == "succeed")


def refund(sandbox: Sandbox, form: Form) -> None:
    world, charge = last_charge(sandbox, form["id"])
    with world.lock:
        disputes.create_refund(world, {"charge": charge["id"]})


def dispute(sandbox: Sandbox, form: Form) -> None:
    world, charge = last_charge(sandbox, form["id"])
    with world.lock:
        disputes.open_dispute(world, charge)


def last_charge(sandbox: Sandbox, invoice_id: str) -> tuple[World, Object]:
    world, invoice = held(sandbox, "invoice", invoice_id)
    intent = world.get("payment_intent", invoice["_intent"])
    return world, world.get("charge", intent["latest_charge"])


def roll_secret(sandbox: Sandbox, form: Form) -> None:
    _, endpoint = held(sandbox, "webhook_endpoint", form["id"])
    if form.get("retire"):
        webhook_endpoints.retire_old_secret(endpoint)
    else:
        webhook_endpoints.roll_secret(endpoint)


def create_account(sandbox: Sandbox, form: Form) -> None:
    if not form.get("name", "").strip():
        raise ValueError("An account needs a name.")
    sandbox.create_account(form["name"].strip())


ACTIONS: dict[str, Callable[[Sandbox, Form], None]] = {
    "clock": move_clock,
    "mischief": mischief,
    "calm": calm,
    "send-again": send_again,
    "cancel": cancel_subscription,
    "reissue-card": reissue_card,
    "settle-debit": settle_debit,
    "refund": refund,
    "dispute": dispute,
    "roll-secret": roll_secret,
    "account": create_account,
}
