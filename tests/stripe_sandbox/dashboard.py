"""The sandbox's own pages: accounts, what is in them, clock, webhooks, mischief, mail; buttons."""

import json
import re
from collections.abc import Callable
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse

from . import checkout, payment_methods, payments, subscription_updates, webhook_endpoints
from .controls import Controls
from .messages import OverError, render, see_other
from .resources import present
from .world import Object, World

SHOWN = 40
# Django's file-based backend puts it between the messages that one connection sent.
MAIL_SEPARATOR = b"-" * 79 + b"\n"


def show(sandbox: Controls, request: HttpRequest) -> HttpResponse:
    newest = sandbox.deliveries()[: -SHOWN - 1 : -1]
    return render("dashboard.html", title="Accounts", sandbox=sandbox, deliveries=newest)


def show_world(sandbox: Controls, request: HttpRequest, name: str, mode: str) -> HttpResponse:
    if name not in sandbox.accounts:
        raise OverError
    account = sandbox.accounts[name]
    world = account.live if mode == "live" else account.test
    title = f"{account.display_name}, {mode} mode"
    with world.lock:
        sandbox.run_due(world)
        return render(
            "world.html", title=title, sandbox=sandbox, world=world, livemode=world.livemode,
            **{f"{kind}s": newest(world, kind) for kind in ("customer", "invoice", "event")},
            subscriptions=[
                (found, world.find("customer", found["customer"]))
                for found in newest(world, "subscription")
            ],
            sessions=newest(world, "checkout.session")[:10],
            debits=world.all("payment_intent", status="processing"),
            methods=[m for m in newest(world, "payment_method") if m["customer"]][:10],
            endpoints=[(e, len(e["_secrets"]) > 1) for e in newest(world, "webhook_endpoint")],
        )  # fmt: skip


def newest(world: World, kind: str) -> list[Object]:
    return world.all(kind)[: -SHOWN - 1 : -1]


def show_event(sandbox: Controls, request: HttpRequest, id: str) -> HttpResponse:
    world, event = sandbox.find("event", id)
    sent = [found for found in sandbox.deliveries() if found["event"] == id]
    return render(
        "event.html", title=event["type"], event=event, world=world, sandbox=sandbox,
        body=json.dumps(present(event), indent=2), deliveries=sent,
    )  # fmt: skip


def show_mail(sandbox: Controls, request: HttpRequest) -> HttpResponse:
    return render("mail.html", title="Mail", messages=mail(sandbox), sandbox=sandbox)


def mail(sandbox: Controls) -> list[dict[str, str]]:
    """What Django's file-based backend wrote to the folder, newest first."""
    folder, found = sandbox.mail_dir, []
    files = filter(Path.is_file, folder.iterdir()) if folder and folder.is_dir() else ()
    for file in sorted(files, key=lambda file: file.stat().st_mtime, reverse=True)[:200]:
        for part in reversed(file.read_bytes().split(MAIL_SEPARATOR)):
            message = message_from_bytes(part, policy=policy.default)
            if body := message.get_body(("plain", "html")) if part.strip() else None:
                head = {
                    name: str(message[name] or "") for name in ("subject", "from", "to", "date")
                }
                found.append({**head, "text": body.get_content()})
    return found


def act(sandbox: Controls, request: HttpRequest, what: str) -> HttpResponse:
    """A button was pressed; back to the page that it was on."""
    form = request.POST.dict()
    back = form.pop("back", "/")
    if what not in BUTTONS:
        raise OverError
    try:
        press(sandbox, what, **form)
    except (ValueError, LookupError, TypeError) as problem:
        raise OverError(
            "That didn't work", str(problem), 400, link="/", link_text="Back"
        ) from problem
    return see_other(back if re.fullmatch(r"/(?!/)[\w/.-]*", back) else "/")


def press(sandbox: Controls, button: str, **form: str) -> None:
    """A button of the sandbox's own pages, by name: reissue-card, refund, settle-debit, …"""
    BUTTONS[button](sandbox, **form)
    sandbox.is_changed.set()


def move_clock(sandbox: Controls, by: str) -> None:
    """`by` is a number of days, or "next"."""
    if by == "next":
        sandbox.advance_to_next()
    else:
        sandbox.advance(float(by) * 86400)


def mischief(sandbox: Controls, **form: str) -> None:
    answer = form.get("answer") or None
    sandbox.mischief(
        **{name: float(form.get(name) or 0) for name in ("delay", "latency")},
        **{name: int(form.get(name) or 1) for name in ("copies", "parallel")},
        **{name: name in form for name in ("shuffle", "drop")},
        only=tuple(form.get("only", "").split()),
        answer=int(answer) if answer and answer.isdigit() else answer,
        times=int(form.get("times") or 0),
    )


def send_again(sandbox: Controls, event: str = "", delivery: str = "") -> None:
    """An event to all who want it, one delivery, or whatever hasn't arrived."""
    if event:
        sandbox.deliver(event)
    else:
        sandbox.deliverer.send_again(delivery)


def on(kind: str, act: Callable[..., Any]) -> Callable[..., None]:
    """A button beside an object of that kind."""

    def press(sandbox: Controls, id: str, **form: str) -> None:
        world, obj = sandbox.find(kind, id)
        with world.lock:
            act(world, obj, **form)

    return press


def cancel(world: World, subscription: Object) -> None:
    subscription_updates.cancel(world, {}, subscription["id"])


def settle_debit(world: World, intent: Object, result: str) -> None:
    checkout.debit_settles(world, intent, succeeds=result == "succeed")


def refund(world: World, invoice: Object) -> None:
    payments.create_refund(world, {"payment_intent": invoice["_intent"]})


def dispute(world: World, invoice: Object) -> None:
    intent = world.get("payment_intent", invoice["_intent"])
    payments.open_dispute(world, world.get("charge", intent["latest_charge"]))


BUTTONS: dict[str, Callable[..., None]] = {
    "clock": move_clock,
    "mischief": mischief,
    "calm": lambda sandbox, **form: sandbox.mischief(),
    "send-again": send_again,
    "account": lambda sandbox, name: sandbox.create_account(name),
    "cancel": on("subscription", cancel),
    "reissue-card": on("payment_method", payment_methods.replace_automatically),
    "settle-debit": on("payment_intent", settle_debit),
    "refund": on("invoice", refund),
    "dispute": on("invoice", dispute),
    "roll-secret": on("webhook_endpoint", webhook_endpoints.roll_secret),
}
