"""The sandbox's own pages: accounts, what is in them, the clock, webhooks, mischief and mail."""

import json
import re
from typing import TYPE_CHECKING

from . import dashboard_actions, mail
from .messages import Request, Response, see_other
from .presentation import present
from .rendering import OverError, render
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
    if what not in dashboard_actions.BUTTONS:
        raise OverError
    try:
        sandbox.press(what, **form)
    except (ValueError, LookupError, TypeError) as problem:
        raise OverError(
            "That didn't work", str(problem), 400, link="/", link_text="Back"
        ) from problem
    return see_other(back if re.fullmatch(r"/(?!/)[\w/.-]*", back) else "/")
