"""The hosted customer portal. https://docs.stripe.com/customer-management"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import cards, portal_actions, previews
from .card_form import MistypedError, message_for
from .checkout_completion import ConfirmationNeededError, DeclinedError
from .messages import Request, Response, see_other
from .money import amount_text, price_text
from .pages import when
from .portal_visit import Visit, described, gone, other_prices, visit
from .world import Object

if TYPE_CHECKING:
    from .server import Sandbox


FLOW_PAGES = {
    "payment_method_update": "payment-method",
    "subscription_cancel": "cancel/{}",
    "subscription_update": "update/{}",
    "subscription_update_confirm": "update/{}",
}


def show(sandbox: Sandbox, request: Request, secret: str) -> Response:
    here = visit(sandbox, secret)
    if here is None:
        return gone()
    kind = here.flow.get("type")
    if kind:
        subscription = (here.flow.get(kind) or {}).get("subscription", "")
        return see_other(f"{here.path}/{FLOW_PAGES[kind].format(subscription)}")
    said = here.session.pop("_done", "")
    return here.render(
        "portal.html",
        said=said,
        subscriptions=[described(here, found) for found in here.subscriptions()],
        card=card_words(here),
        can_change_card=here.can("payment_method_update"),
        invoices=invoice_rows(here) if here.can("invoice_history") else None,
    )


def card_words(here: Visit) -> str:
    method = portal_actions.default_method(here.world, here.customer)
    if method is None:
        return "No payment method on file"
    held = method[method["type"]]
    brand = held.get("brand", "bank account").title()
    return f"{brand} ending in {held['last4']}"


def invoice_rows(here: Visit) -> list[dict[str, str]]:
    made = here.world.all("invoice", customer=here.customer["id"])
    return [
        {
            "date": when(invoice["created"]),
            "number": invoice["number"],
            "amount": amount_text(invoice["total"], invoice["currency"]),
            "status": invoice["status"],
            "url": invoice["hosted_invoice_url"],
            "pdf": invoice["invoice_pdf"],
        }
        for invoice in reversed(made)
        if invoice["number"]
    ]


def done(sandbox: Sandbox, request: Request, secret: str) -> Response:
    here = visit(sandbox, secret)
    if here is None:
        return gone()
    text = here.session.get("_done", "All done.")
    return here.render("message.html", title="Done", text=text, link=here.session["return_url"],
                       link_text=f"Return to {here.world.account.display_name}")  # fmt: skip


def show_card(sandbox: Sandbox, request: Request, secret: str) -> Response:
    here = visit(sandbox, secret)
    if here is None or not here.can("payment_method_update"):
        return gone()
    return here.render("portal_card.html", form={}, card=card_words(here))


def save_card(sandbox: Sandbox, request: Request, secret: str) -> Response:
    here = visit(sandbox, secret)
    if here is None or not here.can("payment_method_update"):
        return gone()
    with here.world.lock:
        sandbox.changed()
        try:
            portal_actions.save_card(here.world, here.customer, here.session, request.form)
        except MistypedError as mistake:
            return here.render("portal_card.html", 422, form=request.form, field=mistake.field,
                               problem=mistake.sentence)  # fmt: skip
        except DeclinedError as declined:
            return here.render("portal_card.html", 402, form=request.form, declined=str(declined))
        except ConfirmationNeededError:
            return here.render("confirm.html", action=f"{here.path}/payment-method/confirm")
        return here.finished("Your payment method has been updated.")


def confirm_card(sandbox: Sandbox, request: Request, secret: str) -> Response:
    here = visit(sandbox, secret)
    waiting = here and here.world.find("payment_method", here.session.pop("_waiting", None))
    if here is None or not waiting:
        return gone()
    with here.world.lock:
        sandbox.changed()
        if request.form.get("result") != "complete":
            words = message_for("authentication_failed")
            return here.render("portal_card.html", 402, form={}, declined=words)
        portal_actions.use_card(here.world, here.customer, waiting, confirmed=True)
        return here.finished("Your payment method has been updated.")


def show_cancel(sandbox: Sandbox, request: Request, secret: str, id: str) -> Response:
    here = visit(sandbox, secret)
    subscription = here and here.subscription(id)
    if here is None or not subscription or not here.can("subscription_cancel"):
        return gone()
    feature = here.features["subscription_cancel"]
    reasons = feature["cancellation_reason"]
    return here.render(
        "portal_cancel.html",
        subscription=described(here, subscription),
        at_once=feature["mode"] == "immediately",
        end=when(subscription["items"]["data"][0]["current_period_end"]),
        reasons=[(name, name.replace("_", " ").capitalize()) for name in reasons["options"]]
        if reasons["enabled"] else [],
    )  # fmt: skip


def cancel(sandbox: Sandbox, request: Request, secret: str, id: str) -> Response:
    here = visit(sandbox, secret)
    subscription = here and here.subscription(id)
    if here is None or not subscription or not here.can("subscription_cancel"):
        return gone()
    with here.world.lock:
        sandbox.changed()
        words = portal_actions.cancel(
            here.world, subscription, here.features["subscription_cancel"], request.form
        )
        return here.finished(words)


def resume(sandbox: Sandbox, request: Request, secret: str, id: str) -> Response:
    here = visit(sandbox, secret)
    subscription = here and here.subscription(id)
    if here is None or not subscription:
        return gone()
    with here.world.lock:
        sandbox.changed()
        portal_actions.resume(here.world, subscription)
        return here.finished("Your subscription goes on.")


def show_update(
    sandbox: Sandbox, request: Request, secret: str, id: str, problem: str = ""
) -> Response:
    here = visit(sandbox, secret)
    subscription = here and here.subscription(id)
    if here is None or not subscription or not here.can("subscription_update"):
        return gone()
    choices = [
        {"id": price["id"], "text": price_text(price), "due": due_today(here, subscription, price)}
        for price in other_prices(here, subscription)
    ]
    return here.render(
        "portal_update.html", 402 if problem else 200, choices=choices, problem=problem,
        subscription=described(here, subscription),
    )  # fmt: skip


def due_today(here: Visit, subscription: Object, price: Object) -> str:
    behavior = here.features["subscription_update"]["proration_behavior"]
    item = subscription["items"]["data"][0]
    details = {
        "items": [{"id": item["id"], "price": price["id"]}], "proration_behavior": behavior,
    }  # fmt: skip
    preview = previews.create(
        here.world, {"subscription": subscription["id"], "subscription_details": details}
    )
    same = price["recurring"]["interval"] == item["price"]["recurring"]["interval"]
    if subscription["status"] == "trialing" or (same and behavior != "always_invoice"):
        return "nothing"
    return amount_text(preview["amount_due"], preview["currency"])


def update(sandbox: Sandbox, request: Request, secret: str, id: str) -> Response:
    here = visit(sandbox, secret)
    subscription = here and here.subscription(id)
    if here is None or not subscription or not here.can("subscription_update"):
        return gone()
    chosen = request.form.get("price")
    if chosen not in [price["id"] for price in other_prices(here, subscription)]:
        return show_update(sandbox, request, secret, id, "Choose a plan.")
    method = portal_actions.default_method(here.world, here.customer)
    outcome, code = cards.attempt(method, confirmed=False) if method else (None, "generic_decline")
    if outcome in (None, "requires_action"):
        words = message_for(code or "authentication_required")
        return show_update(sandbox, request, secret, id, words)
    with here.world.lock:
        sandbox.changed()
        feature = here.features["subscription_update"]
        portal_actions.switch(here.world, subscription, str(chosen), feature)
        return here.finished("Your plan has been changed.")
