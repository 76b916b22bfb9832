"""The hosted invoice page, where an open invoice can be paid, and its PDF."""

import re
from typing import Any

from django.http import HttpResponse

from . import collection, payment_methods
from .errors import ConfirmationNeededError, DeclinedError
from .hosted import HostedPage, payment_method_from
from .messages import filled_in, see_other
from .payments import fail
from .portal_page import use_card
from .world import Object


class InvoicePage(HostedPage):
    kind, key, template = "invoice", "_secret", "invoice.html"

    def intent(self) -> Object:
        return self.world.find("payment_intent", self.held["_intent"]) or {}

    def context(self) -> dict[str, Any]:
        return {
            "invoice": self.held,
            "amount": self.held["amount_remaining"] or self.held["total"],
            "discount": self.held["total"] - self.held["subtotal"],
            "waits_for_confirmation": self.intent().get("status") == "requires_action",
        }

    def get_pdf(self, id: str) -> HttpResponse:
        """ISO 32000-1, section 7.5: the objects, then a table of where each of them begins."""
        shown = {"invoice": self.held, "account": self.world.account.display_name}
        text = filled_in("invoice_text.pdf", shown, autoescape=False)
        file = filled_in("sheet.pdf", {"text": text}, autoescape=False).encode("cp1252", "replace")
        starts = [found.start() for found in re.finditer(rb"^\d 0 obj", file, re.MULTILINE)]
        file += filled_in("sheet_end.pdf", {"starts": starts, "end": len(file)}).encode()
        headers = {"Content-Disposition": f'attachment; filename="{self.held["number"]}.pdf"'}
        return HttpResponse(file, "application/pdf", headers=headers)

    def post(self, id: str) -> HttpResponse:
        """With a new card, which then stays the customer's default."""
        if self.held["status"] not in ("open", "uncollectible"):
            return see_other(self.path)
        return self.attempt(self.pay)

    def pay(self) -> str:
        billing = {"email": self.held["customer_email"], "name": self.form.get("name") or None}
        method = payment_method_from(self.world, {**self.form, "method": "card"}, billing)
        outcome, code = payment_methods.outcome_of(method)
        if outcome == "requires_action":
            self.held["_waiting"] = method["id"]
            raise ConfirmationNeededError
        if outcome is None:
            collection.collect(self.world, self.held, method, by_hand=True)
            raise DeclinedError(payment_methods.decline(code)["message"])
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
