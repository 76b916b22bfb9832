"""The hosted invoice page, where an open invoice can be paid, and its PDF."""

from typing import Any

from . import cards, collection, invoices
from .card_form import payment_method_from
from .checkout_completion import ConfirmationNeededError, DeclinedError
from .hosted import HostedPage
from .messages import Response, filled_in, see_other
from .payments import fail
from .pdf import one_page
from .portal_actions import use_card
from .world import Object


class InvoicePage(HostedPage):
    kind, key, template = "invoice", "_secret", "invoice.html"

    def intent(self) -> Object:
        return self.world.find("payment_intent", self.held["_intent"]) or {}

    def context(self) -> dict[str, Any]:
        waits = self.intent().get("status") == "requires_action"
        difference = self.held["total"] - self.held["subtotal"]
        amount = self.held["amount_remaining"] or self.held["total"]
        shown = {"invoice": self.held, "amount": amount, "discount": difference}
        return {**shown, "waits_for_confirmation": waits}

    def post(self, id: str) -> Response:
        """With a new card, which then stays the customer's default."""
        if self.held["status"] not in ("open", "uncollectible"):
            return see_other(self.path)
        return self.attempt(self.pay, form=self.form)

    def pay(self) -> str:
        billing = {"email": self.held["customer_email"], "name": self.form.get("name") or None}
        method = payment_method_from(self.world, {**self.form, "method": "card"}, billing)
        outcome, code = cards.attempt(method, confirmed=False)
        if outcome == "requires_action":
            self.held["_waiting"] = method["id"]
            raise ConfirmationNeededError
        if outcome is None:
            collection.collect(self.world, self.held, method, by_hand=True)
            raise DeclinedError(cards.decline(code)["message"])
        return self.settle(method)

    def settle(self, method: Object, *, confirmed: bool = False) -> str:
        if not method["customer"]:
            customer = self.world.get("customer", self.held["customer"])
            use_card(self.world, customer, method, confirmed=confirmed)
        collection.collect(self.world, self.held, method, confirmed=confirmed, by_hand=True)
        return self.path

    def waiting(self) -> Object:
        """The card just typed, or the one whose renewal waits to be confirmed."""
        if self.held["status"] == "open":
            self.held.setdefault("_waiting", self.intent().get("payment_method"))
        return super().waiting()

    def refused(self, method: Object) -> None:
        fail(self.world, self.intent(), method, "authentication_failed")

    def confirmed(self, method: Object) -> str:
        return self.settle(method, confirmed=True)

    def get_pdf(self, id: str) -> Response:
        subscription = invoices.subscription_of(self.world, self.held)
        shown = {**self.context(), "subscription": subscription, "account": self.world.account}
        text = filled_in("invoice.txt", shown, autoescape=False)
        name = f'attachment; filename="Invoice-{self.held["number"]}.pdf"'
        headers = {"Content-Type": "application/pdf", "Content-Disposition": name}
        return Response(200, one_page(text.splitlines()), headers)
