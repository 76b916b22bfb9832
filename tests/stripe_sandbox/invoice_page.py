"""The hosted invoice page, where an open invoice can be paid, and its PDF."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import cards, collection, invoices
from .card_form import MistypedError, message_for, payment_method_from
from .checkout_completion import DeclinedError
from .messages import Request, Response, see_other
from .money import amount_text
from .pages import not_found, render, when
from .payments import fail
from .pdf import one_page
from .portal_actions import use_card
from .world import Object, World

if TYPE_CHECKING:
    from .server import Sandbox


def find(sandbox: Sandbox, account: str, secret: str) -> tuple[World, Object] | None:
    for world in sandbox.worlds():
        if world.account.id == account:
            for invoice in world.all("invoice", _secret=secret):
                return world, invoice
    return None


def context(world: World, invoice: Object) -> dict[str, Any]:
    currency = invoice["currency"]
    intent: Any = world.find("payment_intent", invoice["_intent"]) or {}
    return {
        "account": world.account.display_name,
        "livemode": world.livemode,
        "invoice": invoice,
        "customer": invoice["customer_name"] or invoice["customer_email"] or invoice["customer"],
        "date": when(invoice["status_transitions"]["finalized_at"]),
        "paid_on": when(invoice["status_transitions"]["paid_at"]),
        "lines": [
            {"text": line["description"], "amount": amount_text(line["amount"], currency)}
            for line in invoice["lines"]["data"]
        ],
        "subtotal": amount_text(invoice["subtotal"], currency),
        "discount": amount_text(invoice["total"] - invoice["subtotal"], currency)
        if invoice["total"] != invoice["subtotal"] else "",
        "total": amount_text(invoice["total"], currency),
        "due": amount_text(invoice["amount_remaining"], currency),
        "waits_for_confirmation": intent.get("status") == "requires_action",
        "button": f"Pay {amount_text(invoice['amount_remaining'], currency)}",
        "path": f"/i/{world.account.id}/{invoice['_secret']}",
    }  # fmt: skip


def show(sandbox: Sandbox, request: Request, account: str, secret: str) -> Response:
    found = find(sandbox, account, secret)
    if found is None:
        return not_found(sandbox, request)
    return render("invoice.html", **context(*found), form={})


def pay(sandbox: Sandbox, request: Request, account: str, secret: str) -> Response:
    """With a new card, which then stays the customer's default."""
    found = find(sandbox, account, secret)
    if found is None:
        return not_found(sandbox, request)
    world, invoice = found
    form = request.form
    with world.lock:
        sandbox.run_due(world)
        sandbox.changed()
        if invoice["status"] not in ("open", "uncollectible"):
            return see_other(request.path)
        billing = {"email": invoice["customer_email"], "name": form.get("name") or None}
        try:
            method = payment_method_from(world, {**form, "method": "card"}, billing)
        except MistypedError as mistake:
            return render("invoice.html", 422, **context(world, invoice), form=form,
                          field=mistake.field, problem=mistake.sentence)  # fmt: skip
        except DeclinedError as declined:
            return render(
                "invoice.html", 402, **context(world, invoice), form=form, declined=str(declined)
            )
        return charge(world, invoice, method, form)


def charge(world: World, invoice: Object, method: Object, form: dict[str, str]) -> Response:
    outcome, code = cards.attempt(method, confirmed=False)
    invoice["_waiting"] = method["id"]
    if outcome == "requires_action":
        shown = context(world, invoice)
        return render("confirm.html", **shown, action=f"{shown['path']}/confirm")
    if outcome is None:
        collection.collect(world, invoice, payment_method=method, by_hand=True)
        return render(
            "invoice.html", 402, **context(world, invoice), form=form, declined=message_for(code)
        )
    return settle(world, invoice, method, confirmed=False)


def settle(world: World, invoice: Object, method: Object, *, confirmed: bool) -> Response:
    customer = world.get("customer", invoice["customer"])
    if not method["customer"]:
        use_card(world, customer, method, confirmed=confirmed)
    collection.collect(world, invoice, payment_method=method, confirmed=confirmed, by_hand=True)
    return see_other(f"/i/{world.account.id}/{invoice['_secret']}")


def confirm(sandbox: Sandbox, request: Request, account: str, secret: str) -> Response:
    """3-D Secure: for the card just typed, or for the one whose renewal waits for it."""
    found = find(sandbox, account, secret)
    if found is None or found[1]["status"] != "open":
        return not_found(sandbox, request)
    world, invoice = found
    intent = world.get("payment_intent", invoice["_intent"])
    with world.lock:
        sandbox.changed()
        waiting = invoice.pop("_waiting", None) or intent["payment_method"]
        method = world.find("payment_method", waiting)
        if method is None:
            return see_other(request.path.removesuffix("/confirm"))
        if request.form.get("result") != "complete":
            fail(world, intent, method, "authentication_failed")
            words = message_for("authentication_failed")
            return render("invoice.html", 402, **context(world, invoice), form={}, declined=words)
        return settle(world, invoice, method, confirmed=True)


def pdf_file(sandbox: Sandbox, request: Request, account: str, secret: str) -> Response:
    found = find(sandbox, account, secret)
    if found is None:
        return not_found(sandbox, request)
    world, invoice = found
    shown = context(world, invoice)
    subscription = invoices.subscription_of(world, invoice)
    rows = [
        "SANDBOX: this is no real invoice", "", f"{shown['account']}", f"Invoice {invoice['number']}",
        f"Date: {shown['date']}", f"Billed to: {shown['customer']}", "",
        *[f"{line['text']}    {line['amount']}" for line in shown["lines"]], "",
        f"Total: {shown['total']}",
        f"Status: {invoice['status']}" + (f" on {shown['paid_on']}" if shown["paid_on"] else ""),
        f"Subscription: {subscription['id']}" if subscription else "",
    ]  # fmt: skip
    name = f"Invoice-{invoice['number']}.pdf"
    headers = {
        "Content-Type": "application/pdf",
        "Content-Disposition": f'attachment; filename="{name}"',
    }
    return Response(200, one_page(rows), headers)
