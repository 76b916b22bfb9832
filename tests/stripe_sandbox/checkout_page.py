"""The hosted checkout page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import checkout, hosted
from .card_form import MistypedError
from .checkout_completion import ConfirmationNeededError, DeclinedError
from .messages import Request, Response, see_other
from .money import amount_text, interval_text
from .pages import render, when
from .periods import DAY
from .world import Object, World

if TYPE_CHECKING:
    from .server import Sandbox


def show(sandbox: Sandbox, request: Request, id: str) -> Response:
    found = hosted.find_session(sandbox, id)
    if found is None:
        return gone()
    with found[0].lock:
        sandbox.run_due(found[0])
        return page(*found)


def page(
    world: World, session: Object, status: int = 200, form: dict[str, str] | None = None,
    **problems: str,
) -> Response:  # fmt: skip
    if session["status"] != "open":
        return gone(session)
    return render("checkout.html", status, **context(world, session), form=form or {}, **problems)


def gone(session: Object | None = None) -> Response:
    if session and session["status"] == "complete":
        return render(
            "message.html", title="You're all done here",
            text="Your payment has been submitted.", link=hosted.return_url(session),
            link_text="Back to the shop",
        )  # fmt: skip
    return render(
        "message.html", 404, title="This checkout is over",
        text="The link has expired. Start again where you came from.",
        link=session["cancel_url"] if session else None, link_text="Back to the shop",
    )  # fmt: skip


def context(world: World, session: Object) -> dict[str, Any]:
    prices = [world.get("price", line["price"]) for line in session["_lines"]]
    recurring = next((price for price in prices if price["type"] == "recurring"), None)
    total = amount_text(session["amount_total"] or 0, session["currency"] or "usd")
    code = next((d.get("promotion_code") for d in session["discounts"] or []), None)
    promotion_code = world.find("promotion_code", code)
    discount = (session["total_details"] or {}).get("amount_discount") or 0
    return {
        "account": world.account.display_name,
        "livemode": world.livemode,
        "session": session,
        "lines": [described(world, line) for line in session["_lines"]],
        "total": total,
        "every": interval_text(recurring["recurring"]) if recurring else "",
        "then": then(world, session, recurring),
        "button": button(session, total),
        "email": (session["customer_details"] or {}).get("email") or "",
        "code": promotion_code["code"] if promotion_code else "",
        "discount": amount_text(-discount, session["currency"]) if discount else "",
        "needs_method": hosted.needs_method(session),
        "bank": session["mode"] != "setup",
    }


def described(world: World, line: Object) -> dict[str, str]:
    price = world.get("price", line["price"])
    product = world.find("product", price["product"]) or {}
    amount = amount_text(price["unit_amount"] * line["quantity"], price["currency"])
    every = f" per {interval_text(price['recurring'])}" if price["recurring"] else ""
    return {
        "name": product.get("name", ""),
        "description": product.get("description") or "",
        "quantity": f"× {line['quantity']}" if line["quantity"] > 1 else "",
        "amount": amount + every,
    }


def then(world: World, session: Object, price: Object | None) -> str:
    """What comes after today, in words."""
    if price is None:
        return ""
    amount = amount_text(price["unit_amount"], price["currency"])
    every = interval_text(price["recurring"])
    data = session["_subscription_data"]
    days = data.get("trial_period_days")
    end = data.get("trial_end") or (world.now() + days * DAY if days else None)
    if isinstance(end, int):
        free = f"{days} days free" if days else "Free"
        return f"{free}, then {amount} per {every} from {when(end)}"
    return f"Renews every {every} until you cancel"


def button(session: Object, total: str) -> str:
    if session["mode"] == "setup":
        return "Save card"
    if session["mode"] == "payment":
        return f"Pay {total}"
    return "Start trial" if not session["amount_total"] else f"Subscribe · {total} today"


def pay(sandbox: Sandbox, request: Request, id: str) -> Response:
    found = hosted.find_session(sandbox, id)
    if found is None or found[1]["status"] != "open":
        return gone(found[1] if found else None)
    world, session = found
    form = request.form
    with world.lock:
        sandbox.run_due(world)
        sandbox.changed()
        if form.get("action") == "apply":
            return apply_code(world, session, form)
        try:
            hosted.submit(world, session, form)
        except MistypedError as mistake:
            return page(world, session, 422, form, field=mistake.field, problem=mistake.sentence)
        except DeclinedError as declined:
            return page(world, session, 402, form, declined=str(declined))
        except ConfirmationNeededError:
            return see_other(f"/c/pay/{id}/confirm")
    return see_other(hosted.return_url(session))


def apply_code(world: World, session: Object, form: dict[str, str]) -> Response:
    problem = checkout.apply_code(world, session, form.get("code", ""))
    return page(world, session, 422 if problem else 200, form, code_problem=problem or "")


def ask(sandbox: Sandbox, request: Request, id: str) -> Response:
    found = hosted.find_session(sandbox, id)
    if found is None or found[1]["status"] != "open" or not found[1].get("_waiting"):
        return gone(found[1] if found else None)
    world, session = found
    shown = context(world, session)
    return render("confirm.html", **shown, action=f"/c/pay/{id}/confirm")


def confirm(sandbox: Sandbox, request: Request, id: str) -> Response:
    found = hosted.find_session(sandbox, id)
    if found is None or found[1]["status"] != "open" or not found[1].get("_waiting"):
        return gone(found[1] if found else None)
    world, session = found
    with world.lock:
        sandbox.changed()
        try:
            hosted.answer_challenge(world, session, passed=request.form.get("result") == "complete")
        except DeclinedError as declined:
            return page(world, session, 402, declined=str(declined))
        return see_other(hosted.return_url(session))
