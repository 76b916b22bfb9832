"""Accounts: keys, two separate worlds each, and how the account's owner set things at Stripe."""

import threading
from collections.abc import Callable
from typing import Any

import stripe

from . import shapes
from .identifiers import api_key, derived_text
from .world import Object, World

# What an owner sets in Stripe's dashboard, and the sandbox's defaults.
OPTIONS: dict[str, Any] = {
    "display_name": None,
    "api_version": stripe.api_version,
    "portal": True,  # whether a default portal configuration exists
    "retry_days": [3, 5, 7],  # days from one failed attempt to the next (Billing > Retries)
    "after_retries": "cancel",  # or "unpaid", "pause", or "past_due": left as it is
    "finalize_after": 3600,  # seconds that a renewal's invoice stays a draft; Stripe: an hour
    "async_payment_days": 4,  # until a bank debit settles
    "restricted_to": None,  # permissions of the restricted key; None: all
}


class Account:
    def __init__(self, name: str, clock: Callable[[], int], **options: Any) -> None:
        self.name = name
        self.options = dict(OPTIONS)
        self.set(**options)
        self.id = "acct_1" + derived_text(f"account {name}", 15)
        self.publishable_key = api_key("pk", "test", name)
        self.secret_key = api_key("sk", "test", name)
        self.restricted_key = api_key("rk", "test", name)
        self.live_publishable_key = api_key("pk", "live", name)
        self.live_secret_key = api_key("sk", "live", name)
        self.live_restricted_key = api_key("rk", "live", name)
        self.lock = threading.RLock()
        self.created = clock()
        self.base_url: Callable[[], str] = lambda: "http://127.0.0.1"
        self.test = World(self, livemode=False, clock=clock)
        self.live = World(self, livemode=True, clock=clock)
        self.worlds = (self.test, self.live)

    def set(self, **options: Any) -> None:
        unknown = options.keys() - OPTIONS.keys()
        if unknown:
            raise ValueError(f"unknown account options: {', '.join(sorted(unknown))}")
        self.options.update(options)

    @property
    def display_name(self) -> str:
        return self.options["display_name"] or self.name.replace("_", " ").title()

    @property
    def keys(self) -> dict[str, str]:
        return {name: value for name, value in vars(self).items() if name.endswith("_key")}

    def describe(self) -> Object:
        return {"name": self.name, "id": self.id, **self.keys, "options": self.options}


def retrieve(world: World, params: Object) -> Object:
    """https://docs.stripe.com/api/accounts/retrieve"""
    account, shown = world.account, shapes.at_rest("account")
    name = account.display_name
    shown.update(id=account.id, created=account.created)
    shown["business_profile"]["name"] = shown["settings"]["dashboard"]["display_name"] = name
    shown["settings"]["payments"]["statement_descriptor"] = name[:22].upper()
    return dict(shown)
