"""The sandbox's own pages: accounts, what is in them, clock, webhooks, mischief, mail; buttons."""

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import checkout, disputes, mail, payment_methods, subscription_updates, webhook_endpoints
from .messages import OverError, Request, Response, render, see_other
from .presentation import present
from .world import Object, World

if TYPE_CHECKING:
    from .server import Sandbox

SHOWN = 40


def show(sandbox: "Sandbox", request: Request) -> Response:
    return render(
        "dashboard.html", title="Accounts", sandbox=sandbox,
        deliveries=list(reversed(sandbox.deliveries()[-SHOWN:])),
        mischief=sandbox.misbehaviour.settings,
    )  # fmt: skip


def show_world(sandbox: "Sandbox", request: Request, name: str, mode: str) -> Response:
    if name not in sandbox.accounts:
        raise OverError
    account = sandbox.accounts[name]
    world = account.live if mode == "live" else account.test
    with world.lock:
        sandbox.run_due(world)
        newest = {f"{kind}s": newest_of(world, kind) for kind in ("customer", "invoice", "event")}
        return render(
            "world.html", title=f"{account.display_name}, {mode} mode", sandbox=sandbox,
            world=world, livemode=world.livemode, **newest,
            subscriptions=[
                (found, world.find("customer", found["customer"]))
                for found in newest_of(world, "subscription")
            ],
            sessions=newest_of(world, "checkout.session")[:10],
            debits=world.all("payment_intent", status="processing"),
            methods=[m for m in newest_of(world, "payment_method") if m["customer"]][:10],
            endpoints=[(e, len(e["_secrets"]) > 1) for e in newest_of(world, "webhook_endpoint")],
        )  # fmt: skip


def newest_of(world: World, kind: str) -> list[Object]:
    return list(reversed(world.table(kind).values()))[:SHOWN]


def show_event(sandbox: "Sandbox", request: Request, id: str) -> Response:
    world, event = sandbox.find("event", id)
    sent = [found for found in sandbox.deliveries() if found["event"] == id]
    return render(
        "event.html", title=event["type"], event=event, world=world, sandbox=sandbox,
        body=json.dumps(present(event), indent=2), deliveries=sent,
    )  # fmt: skip


def mail_page(sandbox: "Sandbox", request: Request) -> Response:
    return render(
        "mail.html", title="Mail", messages=mail.read_all(sandbox.mail_dir), sandbox=sandbox
    )


def act(sandbox: "Sandbox", request: Request, what: str) -> Response:
    """A button was pressed; back to the page that it was on."""
    form = request.form
    back = form.pop("back", "/")
    if what not in BUTTONS:
        raise OverError
    try:
        sandbox.press(what, **form)
    except (ValueError, LookupError, TypeError) as problem:
        raise OverError(
            "That didn't work", str(problem), 400, link="/", link_text="Back"
        ) from problem
    return see_other(back if re.fullmatch(r"/(?!/)[\w/.-]*", back) else "/")


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


def refund(world: World, invoice: Object) -> None:
    disputes.create_refund(world, {"charge": charge_of(world, invoice)["id"]})


def settle_debit(world: World, intent: Object, result: str) -> None:
    checkout.debit_settles(world, intent, succeeds=result == "succeed")


BUTTONS: dict[str, Callable[..., None]] = {
    "clock": move_clock,
    "mischief": mischief,
    "calm": lambda sandbox, **form: sandbox.mischief(),
    "send-again": send_again,
    "account": create_account,
    "cancel": on(
        "subscription", lambda world, it: subscription_updates.cancel(world, {}, it["id"])
    ),
    "reissue-card": on("payment_method", payment_methods.replace_automatically),
    "settle-debit": on("payment_intent", settle_debit),
    "refund": on("invoice", refund),
    "dispute": on("invoice", lambda world, it: disputes.open_dispute(world, charge_of(world, it))),
    "roll-secret": on("webhook_endpoint", webhook_endpoints.roll_secret),
}
