"""The hosted checkout page. https://docs.stripe.com/payments/checkout"""

from typing import Any

from django.http import HttpResponse

from . import checkout
from .controls import Controls
from .errors import ConfirmationNeededError, DeclinedError
from .hosted import HostedPage, payment_method_from
from .messages import OverError
from .periods import DAY
from .resources import present
from .world import Object


class CheckoutPage(HostedPage):
    kind, key, template = "checkout.session", "id", "checkout.html"

    def check(self, action: str | None) -> None:
        session, back = self.held, {"link_text": "Back to the shop"}
        if session["status"] == "complete":
            text = "Your payment has been submitted."
            raise OverError("You're all done here", text, 200, link=self.done(), **back)
        if session["status"] != "open":
            text = "The link has expired. Start again where you came from."
            raise OverError("This checkout is over", text, link=session["cancel_url"], **back)

    def done(self) -> str:
        return str(self.held["success_url"]).replace("{CHECKOUT_SESSION_ID}", self.held["id"])

    def context(self) -> dict[str, Any]:
        session, world, lines = self.held, self.world, []
        for line in session["_lines"]:
            price = world.get("price", line["price"])
            product = world.find("product", price["product"])
            amount = price["unit_amount"] * line["quantity"]
            lines.append({**line, "price": price, "product": product, "amount": amount})
        data = session["_subscription_data"]
        days = data.get("trial_period_days")
        code = next((d.get("promotion_code") for d in session["discounts"] or []), None)
        return {
            "session": session,
            "lines": lines,
            "days": days,
            "trial_end": data.get("trial_end") or (world.now() + days * DAY if days else None),
            "code": world.find("promotion_code", code),
            "needs_method": self.needs_method(),
        }

    def needs_method(self) -> bool:
        """A free trial may ask for no card: payment_method_collection=if_required."""
        free = not self.held["amount_total"]
        return not free or self.held["payment_method_collection"] != "if_required"

    def post(self, id: str) -> HttpResponse:
        if self.form.get("action") == "apply":
            problem = checkout.apply_code(self.world, self.held, self.form.get("code", ""))
            return self.page(422 if problem else 200, form=self.form, code_problem=problem)
        return self.attempt(self.pay)

    def pay(self) -> str:
        session, form = self.held, self.form
        email = form.get("email") or (session["customer_details"] or {}).get("email")
        if not email or "@" not in email:
            raise DeclinedError("Please enter your e-mail address.", "email")
        billing = {"email": email, "name": form.get("name") or None}
        if session["customer_details"] is None:
            session["customer_details"] = checkout.details(email, None)
        session["customer_details"]["name"] = billing["name"] or session["customer_details"]["name"]
        needed = self.needs_method()
        method = payment_method_from(self.world, form, billing) if needed else None
        session["_waiting"] = method["id"] if method else None
        checkout.complete(self.world, session, method)
        return self.done()

    def refused(self, method: Object) -> None:
        checkout.record_refusal(self.world, self.held, method, "authentication_failed")

    def confirmed(self, method: Object) -> str:
        checkout.complete(self.world, self.held, method, confirmed=True)
        return self.done()


def pay_checkout(
    sandbox: Controls, session_id: str, card: str = "4242424242424242", *,
    bank: str | None = None, email: str = "jenny@example.com", name: str = "Jenny Rosen",
    code: str | None = None, confirm: bool = True,
) -> Object:  # fmt: skip
    """For tests: the form filled in and sent, the session as it then is.

    3-D Secure is passed unless `confirm=False`; `bank="000123456789"` pays by debit instead, and
    `code=` enters a promotion code.
    """
    form = {"name": name, "email": email, "card_number": card, "expiry": "12/34"}
    form["cvc"] = "1234" if card.startswith("3") else "123"
    form |= {"method": "bank", "account_number": bank} if bank else {}
    page = CheckoutPage.find(sandbox, session_id, form)
    with page.world.lock:
        sandbox.run_due(page.world)
        if code and (problem := checkout.apply_code(page.world, page.held, code)):
            raise DeclinedError(problem)
        try:
            page.pay()
        except ConfirmationNeededError:
            page.answer_challenge(confirm)
        sandbox.is_changed.set()
        return dict(present(page.held))
