"""The demo's subscribers: everything they have, they bought at the site, through Checkout.

The sandbox's clock begins `HISTORY_DAYS` ago. Day by day the readers sign in, choose a plan and
pay, renewals come and go, one card stops working, one cancels; the events reach the site as
Stripe's would. At the end the sandbox's clock shows today.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
import stripe
from wagtail.models import Site

from billing.models import Subscription
from billing.stripe_api.client import client_for_key
from demo import PASSWORD
from demo.visitor import CannotDoError, Visitor

HISTORY_DAYS = 70
DAY = 86_400
CHECKOUT = "/account/billing/checkout/"
CARD = "4242424242424242"
# Stripe's test card that can be saved and fails when it is charged.
CARD_THAT_FAILS = "pm_card_chargeCustomerFail"


@dataclass(frozen=True)
class Shop:
    """A tenant as its subscribers meet it."""

    tenant: str
    site: Site
    client: stripe.StripeClient


class Sandbox:
    """The sandbox's controls, which are no part of Stripe's API."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, call: str, **wanted: Any) -> Any:
        answer = requests.post(f"{self.url}/_sandbox/{call}", json=wanted, timeout=120)
        answer.raise_for_status()
        return answer.json()

    def keys(self, account: str) -> dict[str, str]:
        """Return an account's keys, which its owner would copy from Stripe's dashboard."""
        return self.ask("create_account", name=account)

    def wait_days(self, days: int) -> None:
        """Let time pass, and all events arrive."""
        if days:
            self.ask("advance", seconds=days * DAY)
        self.ask("flush", timeout=60)


Happening = Callable[[Sandbox, Shop], None]


def play_history(sandbox: Sandbox, sites: dict[str, Site]) -> None:
    """Let the last ten weeks happen at every tenant."""
    shops = [
        Shop(tenant, site, client_for_key(sandbox.keys(tenant)["secret_key"], wait="command"))
        for tenant, site in sites.items()
    ]
    today = -HISTORY_DAYS
    for day, happens in HISTORY:
        sandbox.wait_days(day - today)
        today = day
        for shop in shops:
            happens(sandbox, shop)
    sandbox.wait_days(-today)


def subscribe(name: str, plan: str) -> Happening:
    """Return the day on which this reader goes Pro, by the plan "monthly" or "annual"."""

    def happens(sandbox: Sandbox, shop: Shop) -> None:
        visitor = Visitor(shop.site.root_url)
        visitor.sign_in(f"{name}@{shop.tenant}.example", PASSWORD)
        form = visitor.form(visitor.open("/pro/"), action=CHECKOUT, holding=plan)
        checkout_url = visitor.send(form)
        session_id = next(
            part for part in urlsplit(checkout_url).path.split("/") if is_session(part)
        )
        sandbox.ask("pay_checkout", session_id=session_id, card=CARD)
        visitor.open(f"/account/billing/success/?session_id={session_id}")

    return happens


def is_session(part: str) -> bool:
    """Return whether a part of an address is a checkout session's id."""
    return part.startswith("cs_")


def card_stops_working(name: str) -> Happening:
    """Return the day on which this reader's bank begins to refuse."""

    def happens(sandbox: Sandbox, shop: Shop) -> None:
        subscription = subscription_of(shop, name)
        customer = subscription.customer.stripe_id
        card = shop.client.v1.payment_methods.attach(CARD_THAT_FAILS, {"customer": customer})
        shop.client.v1.customers.update(
            customer, {"invoice_settings": {"default_payment_method": card.id}}
        )
        shop.client.v1.subscriptions.update(
            subscription.stripe_id, {"default_payment_method": card.id}
        )

    return happens


def cancel(name: str) -> Happening:
    """Return the day on which this reader cancels, to the end of the paid period."""

    def happens(sandbox: Sandbox, shop: Shop) -> None:
        subscription = subscription_of(shop, name)
        shop.client.v1.subscriptions.update(subscription.stripe_id, {"cancel_at_period_end": True})

    return happens


def subscription_of(shop: Shop, name: str) -> Subscription:
    """Return the reader's subscription as the site knows it."""
    email = f"{name}@{shop.tenant}.example"
    found = Subscription.objects.filter(site=shop.site, customer__user__email=email).last()
    if found is None:
        raise CannotDoError(f"The site knows of no subscription of {email}.")
    return found


# What happens, and how many days ago.
HISTORY: list[tuple[int, Happening]] = [
    (-70, subscribe("monthly", "monthly")),
    (-66, subscribe("ended", "monthly")),
    (-50, cancel("ended")),
    (-40, subscribe("annual", "annual")),
    (-33, subscribe("pastdue", "monthly")),
    (-20, card_stops_working("pastdue")),
    (-18, subscribe("ending", "monthly")),
    (-4, cancel("ending")),
]
