"""The sandbox's own pages: accounts, what is in them, the clock, webhooks, mischief and mail."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from . import dashboard_actions, mail
from .messages import Request, Response, see_other
from .money import price_text
from .pages import not_found, render, when
from .presentation import present
from .world import Object, World

if TYPE_CHECKING:
    from .server import Sandbox

SHOWN = 40


def show(sandbox: Sandbox, request: Request) -> Response:
    return render(
        "dashboard.html",
        title="Accounts",
        accounts=[account_row(account) for account in sandbox.accounts.values()],
        deliveries=[delivery_row(found) for found in reversed(sandbox.deliveries()[-SHOWN:])],
        any_failed=any(found["state"] == "failed" for found in sandbox.deliveries()),
        mischief=sandbox.misbehaviour.settings,
        only=" ".join(sandbox.misbehaviour.settings.only),
        **clock(sandbox),
    )


def clock(sandbox: Sandbox) -> dict[str, Any]:
    due = sandbox.next_due()
    return {
        "now": when(sandbox.now(), time=True),
        "next_due": when(due, time=True) if due else "",
        "has_mail": sandbox.mail_dir is not None,
    }


def account_row(account: Any) -> dict[str, Any]:
    counts = {
        world.mode: (len(world.table("customer")), len(world.table("subscription")))
        for world in account.worlds
    }
    return {
        "name": account.name,
        "title": account.display_name,
        "id": account.id,
        "secret_key": account.secret_key,
        "publishable_key": account.publishable_key,
        "modes": [
            {"mode": mode, "customers": str(customers), "subscriptions": str(subscriptions)}
            for mode, (customers, subscriptions) in counts.items()
            if mode == "test" or customers
        ],
    }


def delivery_row(found: Object) -> dict[str, Any]:
    last = found["attempts"][-1] if found["attempts"] else None
    return {
        **found,
        "tries": str(len(found["attempts"])),
        "last": f"{last['status'] or 'no answer'}" if last else "",
        "answer": last["answer"][:120] if last else "",
    }


def show_world(sandbox: Sandbox, request: Request, name: str, mode: str) -> Response:
    account = sandbox.accounts.get(name)
    if account is None:
        return not_found(sandbox, request)
    world = account.live if mode == "live" else account.test
    with world.lock:
        sandbox.run_due(world)
        return render(
            "world.html",
            title=f"{account.display_name}, {mode} mode",
            name=name,
            mode=mode,
            livemode=world.livemode,
            customers=[customer_row(world, found) for found in newest(world, "customer")],
            subscriptions=[
                subscription_row(world, found) for found in newest(world, "subscription")
            ],
            invoices=[invoice_row(world, found) for found in newest(world, "invoice")],
            sessions=newest(world, "checkout.session")[:10],
            debits=world.all("payment_intent", status="processing"),
            methods=[found for found in newest(world, "payment_method") if found["customer"]][:10],
            endpoints=[
                {**found, "two": len(found["_secrets"]) > 1}
                for found in newest(world, "webhook_endpoint")
            ],
            events=[
                {"id": found["id"], "type": found["type"],
                 "at": when(found["created"], time=True)}
                for found in newest(world, "event")
            ],
            **clock(sandbox),
        )  # fmt: skip


def newest(world: World, kind: str) -> list[Object]:
    return list(reversed(world.table(kind).values()))[:SHOWN]


def customer_row(world: World, customer: Object) -> dict[str, str]:
    if customer.get("deleted"):
        return {"id": customer["id"], "email": "deleted"}
    method = world.find("payment_method", customer["invoice_settings"]["default_payment_method"])
    return {
        "id": customer["id"],
        "email": customer["email"] or "",
        "card": method[method["type"]]["last4"] if method else "",
        "clock": customer["test_clock"] or "",
    }


def subscription_row(world: World, subscription: Object) -> dict[str, Any]:
    item = subscription["items"]["data"][0]
    customer = world.find("customer", subscription["customer"]) or {}
    return {
        "id": subscription["id"],
        "customer": customer.get("email") or subscription["customer"],
        "price": price_text(item["price"]),
        "status": subscription["status"],
        "until": when(item["current_period_end"], time=True),
        "cancels": when(subscription["cancel_at"]),
        "is_live": subscription["status"] not in ("canceled", "incomplete_expired"),
    }


def invoice_row(world: World, invoice: Object) -> dict[str, Any]:
    return {
        "id": invoice["id"],
        "number": invoice["number"] or "draft",
        "status": invoice["status"],
        "is_charged": invoice["status"] == "paid" and invoice["amount_paid"] > 0,
        "reason": (invoice["billing_reason"] or "").replace("_", " "),
        "url": invoice["hosted_invoice_url"],
        "retry": when(invoice["next_payment_attempt"], time=True),
    }


def show_event(sandbox: Sandbox, request: Request, id: str) -> Response:
    try:
        world, event = sandbox.find_event(id)
    except KeyError:
        return not_found(sandbox, request)
    return render(
        "event.html",
        title=event["type"],
        event=event,
        at=when(event["created"], time=True),
        name=world.account.name,
        mode=world.mode,
        body=json.dumps(present(event), indent=2),
        deliveries=[delivery_row(found) for found in sandbox.deliveries() if found["event"] == id],
        **clock(sandbox),
    )


LINK = re.compile(r"(https?://[^\s<>\"]+[^\s<>\".,;:!?)])")


def mail_page(sandbox: Sandbox, request: Request) -> Response:
    messages = [
        {**message, "parts": [
            {"text": part, "is_link": bool(LINK.fullmatch(part))}
            for part in LINK.split(message["text"]) if part
        ]}
        for message in mail.read_all(sandbox.mail_dir)
    ]  # fmt: skip
    return render("mail.html", title="Mail", messages=messages, **clock(sandbox))


def act(sandbox: Sandbox, request: Request, what: str) -> Response:
    """A button was pressed; back to the page that it was on."""
    form = request.form
    if what not in dashboard_actions.ACTIONS:
        return not_found(sandbox, request)
    try:
        sandbox.press(what, **form)
    except (ValueError, KeyError) as problem:
        return render("message.html", 400, title="That didn't work", text=str(problem), link="/",
                      link_text="Back")  # fmt: skip
    back = form.get("back", "/")
    return see_other(back if re.fullmatch(r"/(?!/)[\w/.-]*", back) else "/")
