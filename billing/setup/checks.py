"""Asks Stripe whether a tenant's settings would work, finding by finding (rule B2)."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import stripe

from billing.stripe_api.errors import (
    StripeKeyRestricted,
    StripeKeysRefused,
    StripeObjectMissing,
    StripeProblem,
    stripe_problems,
)
from billing.subscriptions.stripe_pages import default_portal

# How a finding counts: it works, it needs attention, there is nothing yet, or nobody could tell.
WORKS, ATTENTION, MISSING, UNKNOWN = "works", "attention", "missing", "unknown"

# Answers about the key, given to a question about something else.
SAY_NOTHING_OF_PRICES = frozenset({"key_refused", "key_not_permitted"})

INTERVALS = {"monthly_price_id": "month", "annual_price_id": "year"}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One answer; `billing.setup.check_messages` puts its code in words."""

    subject: str
    state: str
    code: str
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def works(self) -> bool:
        return self.state == WORKS

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class PriceFacts:
    """What Stripe says of a price, as far as selling Pro by it needs it."""

    stripe_id: str
    product_id: str
    product_name: str
    product_active: bool
    active: bool
    unit_amount: int | None
    currency: str
    interval: str
    interval_count: int
    metered: bool
    livemode: bool

    @classmethod
    def of(cls, price: stripe.Price) -> "PriceFacts":
        product: Any = price.product
        recurring = price.recurring
        return cls(
            stripe_id=price.id,
            product_id=product.id,
            product_name=getattr(product, "name", ""),
            product_active=getattr(product, "active", False),
            active=price.active,
            unit_amount=price.unit_amount,
            currency=price.currency,
            interval=recurring.interval if recurring else "",
            interval_count=recurring.interval_count if recurring else 0,
            metered=bool(recurring and recurring.usage_type == "metered"),
            livemode=price.livemode,
        )


def check_keys(client: stripe.StripeClient) -> Finding:
    """Return whether Stripe takes the key, and whose account it is.

    A restricted key may not read the account: then its name stays unknown, and the key is good.
    Raises StripeUnreachable.
    """
    try:
        with stripe_problems():
            account = client.v1.accounts.retrieve_current()
    except StripeKeyRestricted:
        return Finding(subject="keys", state=WORKS, code="key_accepted")
    except StripeKeysRefused:
        return Finding(subject="keys", state=ATTENTION, code="key_refused")
    profile = account.business_profile
    dashboard = account.settings.dashboard if account.settings else None
    name = (profile and profile.name) or (dashboard and dashboard.display_name) or account.id
    return Finding(subject="keys", state=WORKS, code="key_works", params={"account": name})


def read_price(client: stripe.StripeClient, price_id: str) -> PriceFacts:
    """Return the facts of a price; raises StripeProblem."""
    with stripe_problems():
        return PriceFacts.of(client.v1.prices.retrieve(price_id, {"expand": ["product"]}))


def check_price(subject: str, facts: PriceFacts) -> Finding:
    """Return what is wrong with a price for its place, or that it works."""
    wrong: list[tuple[bool, str]] = [
        (not facts.interval, "price_one_time"),
        (facts.interval != INTERVALS[subject] or facts.interval_count != 1, "price_interval"),
        (not facts.active, "price_archived"),
        (not facts.product_active, "product_archived"),
        (facts.metered or facts.unit_amount is None, "price_not_fixed"),
    ]
    params = {
        "price": facts.stripe_id,
        "product": facts.product_name,
        "amount": facts.unit_amount,
        "currency": facts.currency,
        "interval": facts.interval,
        "count": facts.interval_count,
        "wanted": INTERVALS[subject],
    }
    for is_wrong, code in wrong:
        if is_wrong:
            return Finding(subject=subject, state=ATTENTION, code=code, params=params)
    return Finding(subject=subject, state=WORKS, code="price_works", params=params)


def check_price_pair(monthly: PriceFacts, annual: PriceFacts) -> Finding | None:
    """Return what keeps two prices from being one plan: switching between them needs both alike."""
    if monthly.product_id != annual.product_id:
        params = {"monthly": monthly.product_name, "annual": annual.product_name}
        code = "prices_of_two_products"
    elif monthly.currency != annual.currency:
        params = {"monthly": monthly.currency.upper(), "annual": annual.currency.upper()}
        code = "prices_of_two_currencies"
    else:
        return None
    return Finding(subject="annual_price_id", state=ATTENTION, code=code, params=params)


def check_webhook(
    client: stripe.StripeClient, *, url: str, events: Collection[str], has_secret: bool
) -> Finding:
    """Return whether Stripe will tell us what happens; raises StripeProblem."""
    endpoints = list(endpoints_for(client, url))
    if not endpoints:
        code = "endpoint_by_hand" if has_secret else "endpoint_missing"
        return Finding(subject="webhook", state=MISSING, code=code, params={"url": url})
    endpoint = endpoints[0]
    lacking = set(events) - set(endpoint.enabled_events)
    if endpoint.status != "enabled":
        code, params = "endpoint_disabled", {}
    elif "*" not in endpoint.enabled_events and lacking:
        code, params = "endpoint_lacks_events", {"events": ", ".join(sorted(lacking))}
    elif not has_secret:
        code, params = "endpoint_without_secret", {}
    else:
        return Finding(subject="webhook", state=WORKS, code="endpoint_works")
    return Finding(subject="webhook", state=ATTENTION, code=code, params=params)


def endpoints_for(client: stripe.StripeClient, url: str) -> Iterator[stripe.WebhookEndpoint]:
    """Yield Stripe's endpoints for our address, enabled ones first; raises StripeProblem."""
    with stripe_problems():
        every = client.v1.webhook_endpoints.list({"limit": 100}).auto_paging_iter()
        ours = [endpoint for endpoint in every if endpoint.url.rstrip("/") == url.rstrip("/")]
    yield from sorted(ours, key=lambda endpoint: endpoint.status != "enabled")


def check_portal(client: stripe.StripeClient, *, price_ids: Collection[str]) -> Finding:
    """Return whether members can manage their subscription at Stripe; raises StripeProblem."""
    configuration = default_portal(client)
    if configuration is None:
        return Finding(subject="portal", state=MISSING, code="portal_missing")
    features = configuration.features
    # Stripe shows the products only when they are asked for; unknown isn't wrong.
    products = getattr(features.subscription_update, "products", None)
    switchable = {price for product in products or [] for price in product.prices}
    cancel = features.subscription_cancel
    wrong: list[tuple[bool, str]] = [
        (not cancel.enabled, "portal_without_cancel"),
        (cancel.enabled and cancel.mode == "immediately", "portal_cancels_at_once"),
        (not features.payment_method_update.enabled, "portal_without_card"),
        (not features.invoice_history.enabled, "portal_without_invoices"),
        (
            not features.subscription_update.enabled
            or (products is not None and not switchable.issuperset(price_ids)),
            "portal_without_switch",
        ),
    ]
    for is_wrong, code in wrong:
        if is_wrong:
            return Finding(subject="portal", state=ATTENTION, code=code)
    return Finding(subject="portal", state=WORKS, code="portal_works")


def ask(subject: str, question: Callable[[], Finding]) -> Finding:
    """Return the answer to a question, or the finding that there was none."""
    try:
        return question()
    except StripeObjectMissing:
        return Finding(subject=subject, state=ATTENTION, code="not_found")
    except StripeKeyRestricted:
        return Finding(subject=subject, state=ATTENTION, code="key_not_permitted")
    except StripeKeysRefused:
        return Finding(subject=subject, state=ATTENTION, code="key_refused")
    except StripeProblem:
        return Finding(subject=subject, state=UNKNOWN, code="unreachable")
