"""Where lives are led: a sandbox's account with a catalogue, and the calls that they share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import stripe

from tests.stripe_sandbox.server import Sandbox

DAY = 86400


@dataclass
class Stage:
    """A sandbox with one account, and a catalogue to live on."""

    sandbox: Sandbox
    stripe: stripe.StripeClient
    key: str
    monthly: str
    annual: str

    @property
    def v1(self) -> Any:
        return self.stripe.v1

    def customer(self, card: str | None = "pm_card_visa", **more: Any) -> str:
        made = self.v1.customers.create({"email": "ada@example.com", "name": "Ada", **more})
        if card:
            self.card(made.id, card)
        return made.id

    def card(self, customer: str, card: str) -> str:
        return give_card(self.stripe, customer, card)

    def subscribe(self, customer: str, **more: Any) -> Any:
        return self.v1.subscriptions.create(
            {"customer": customer, "items": [{"price": self.monthly}], **more}
        )

    def checkout(self, customer: str | None = None, **more: Any) -> Any:
        return self.v1.checkout.sessions.create(
            {
                "mode": "subscription",
                "line_items": [{"price": self.monthly, "quantity": 1}],
                "success_url": "https://courier.example/done?session_id={CHECKOUT_SESSION_ID}",
                **({"customer": customer} if customer else {}),
                **more,
            }
        )

    def days(self, number: float) -> None:
        self.sandbox.advance(number * DAY)


def give_card(client: stripe.StripeClient, customer: str, card: str = "pm_card_visa") -> str:
    """Attach a test card, make it the one that invoices are charged to, and return its id."""
    method = client.v1.payment_methods.attach(card, {"customer": customer})
    client.v1.customers.update(
        customer, {"invoice_settings": {"default_payment_method": method.id}}
    )
    return method.id


def set_stage(sandbox: Sandbox, client: stripe.StripeClient, key: str) -> Stage:
    product = client.v1.products.create({"name": "Pro", "metadata": {"plan": "pro"}})
    monthly, annual = (
        client.v1.prices.create(
            {
                "product": product.id,
                "currency": "usd",
                "unit_amount": amount,
                "recurring": {"interval": interval},
                "lookup_key": f"pro_{interval}ly",
            }
        )
        for amount, interval in ((900, "month"), (9000, "year"))
    )
    client.v1.prices.create({"product": product.id, "currency": "eur", "unit_amount": 1500})
    return Stage(sandbox, client, key, monthly.id, annual.id)
