"""Paying on the hosted checkout page: what its form does, for the page and for tests alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import checkout, errors, payment_methods
from .card_form import Form, MistypedError, message_for, payment_method_from
from .checkout_completion import ConfirmationNeededError, DeclinedError, complete, record_refusal
from .presentation import present
from .world import Object, World

if TYPE_CHECKING:
    from .server import Sandbox


def find_session(sandbox: Sandbox, id: str) -> tuple[World, Object] | None:
    for world in sandbox.worlds():
        session = world.find("checkout.session", id)
        if session:
            return world, session
    return None


def needs_method(session: Object) -> bool:
    """A free trial may ask for no card: payment_method_collection=if_required."""
    return bool(session["amount_total"]) or session["payment_method_collection"] != "if_required"


def submit(world: World, session: Object, form: Form) -> None:
    """Pay, or raise MistypedError, DeclinedError or ConfirmationNeededError."""
    email = form.get("email") or (session["customer_details"] or {}).get("email")
    if not email or "@" not in email:
        raise MistypedError("email", "Please enter your e-mail address.")
    if session["customer_details"] is None:
        session["customer_details"] = checkout.details(email, None)
    billing = {"email": email, "name": form.get("name") or None}
    if form.get("name"):
        session["customer_details"]["name"] = form["name"]
    method = payment_method_from(world, form, billing) if needs_method(session) else None
    session["_waiting"] = method["id"] if method else None
    complete(world, session, method)


def answer_challenge(world: World, session: Object, *, passed: bool) -> None:
    """The answer to 3-D Secure."""
    method = world.get("payment_method", session["_waiting"])
    if not passed:
        record_refusal(world, session, method, "authentication_failed")
        raise DeclinedError(message_for("authentication_failed"))
    complete(world, session, method, confirmed=True)


def return_url(session: Object) -> str:
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def submit_checkout(
    sandbox: Sandbox,
    session_id: str,
    *,
    card: str = "4242424242424242",
    bank: str | None = None,
    email: str | None = None,
    name: str = "Jenny Rosen",
    code: str | None = None,
    confirm: bool = True,
) -> Object:
    """For tests: the form filled in and sent, 3-D Secure answered, the session as it then is."""
    found = find_session(sandbox, session_id)
    if found is None:
        raise KeyError(f"no checkout session {session_id}")
    world, session = found
    form = {
        "email": email or "jenny@example.com", "name": name, "expiry": "12/34",
        "card_number": card, "cvc": "1234" if card.startswith("3") else "123",
        **({"method": "bank", "account_number": bank} if bank else {}),
    }  # fmt: skip
    with world.lock:
        sandbox.run_due(world)
        if code and (problem := checkout.apply_code(world, session, code)):
            raise DeclinedError(problem)
        try:
            submit(world, session, form)
        except ConfirmationNeededError:
            answer_challenge(world, session, passed=confirm)
        sandbox.changed()
        kept: Any = present(session)
        return kept


def payment_page(world: World, params: Object, id: str) -> Object:
    return world.get("checkout.session", id)


def confirm_payment_page(world: World, params: Object, id: str) -> Object:
    session = world.get("checkout.session", id)
    method = payment_methods.resolve(world, params["payment_method"])
    try:
        return complete(world, session, method)
    except DeclinedError as declined:
        raise errors.StripeError(str(declined), status=402, type="card_error") from declined
    except ConfirmationNeededError:
        return complete(world, session, method, confirmed=True)
