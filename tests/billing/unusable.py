"""Objects and events as Stripe sends them that no handler can use, and some that it never would."""

import copy

from tests.billing.stripe_objects import card, customer, invoice, session, subscription

# What Stripe sends without an id in its object, and thin events, which have none.
WITHOUT_ID = {
    "invoice.upcoming": {k: v for k, v in invoice().items() if k not in ("id", "number")},
    "balance.available": {"object": "balance", "available": [], "livemode": False},
    "balance_settings.updated": {"object": "balance_settings", "payments": {}},
    "cash_balance.funds_available": {"object": "cash_balance", "customer": "cus_1"},
    "entitlements.active_entitlement_summary.updated": {
        "object": "entitlements.active_entitlement_summary",
        "customer": "cus_1",
        "entitlements": {"object": "list", "data": []},
    },
    "tax.settings.updated": {"object": "tax.settings", "status": "active"},
}
THIN = {
    "object": "v2.core.event",
    "created": "2026-11-29T10:00:00.123Z",
    "livemode": False,
    "related_object": {"id": "sub_1", "type": "subscription", "url": "/v1/subscriptions/sub_1"},
}
# What stands in an event's `data`, in the place of {"object": {…}}.
DATA = {
    "none": None,
    "a list": [],
    "a text": "sub_1",
    "no object": {},
    "an object that is null": {"object": None},
    "an object that is a text": {"object": "sub_1"},
    "an object that is a list": {"object": [{"id": "sub_1"}]},
    "an object that is a number": {"object": 7},
}


def changed(thing, *path, to=...):
    """Return a copy in which the value at a path is another, or is gone."""
    thing = copy.deepcopy(thing)
    inner = thing
    for step in path[:-1]:
        inner = inner[step]
    if to is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = to
    return thing


ITEM = ("items", "data", 0)
YEAR_300000 = 9_404_000_000_000
SUBSCRIPTIONS = {
    "no id": changed(subscription(), "id"),
    "an id that is a number": changed(subscription(), "id", to=7),
    "an id that is too long": changed(subscription(), "id", to="s" * 300),
    "another kind": changed(subscription(), "object", to="invoice"),
    "no customer": changed(subscription(), "customer"),
    "a customer that is a number": changed(subscription(), "customer", to=7),
    "a customer that is a list": changed(subscription(), "customer", to=["cus_1"]),
    "a customer that is too long": changed(subscription(), "customer", to="c" * 300),
    "a customer without an id": changed(subscription(), "customer", to={"object": "customer"}),
    "no status": changed(subscription(), "status"),
    "a status that is null": changed(subscription(), "status", to=None),
    "a status that is a list": changed(subscription(), "status", to=["active"]),
    "a status that is too long": changed(subscription(), "status", to="a" * 40),
    "the other mode": changed(subscription(), "livemode", to=True),
    "a mode that is a text": changed(subscription(), "livemode", to="false"),
    "no items": changed(subscription(), "items"),
    "items that are null": changed(subscription(), "items", to=None),
    "items that are a list": changed(subscription(), "items", to=[]),
    "items without data": changed(subscription(), "items", "data"),
    "items whose data is an object": changed(subscription(), "items", "data", to={}),
    "an item that is an id": changed(subscription(), *ITEM, to="si_1"),
    "an item without an id": changed(subscription(), *ITEM, "id"),
    "an item without a price": changed(subscription(), *ITEM, "price"),
    "a price that is an id": changed(subscription(), *ITEM, "price", to="price_monthly"),
    "a price without an id": changed(subscription(), *ITEM, "price", "id"),
    "a price's id of 300": changed(subscription(), *ITEM, "price", "id", to="p" * 300),
    "a product that is a number": changed(subscription(), *ITEM, "price", "product", to=7),
    "a currency that is too long": changed(subscription(), *ITEM, "price", "currency", to="euro"),
    "an interval that is too long": changed(
        subscription(), *ITEM, "price", "recurring", "interval", to="month" * 9
    ),
    "an interval count of 40,000": changed(
        subscription(), *ITEM, "price", "recurring", "interval_count", to=40_000
    ),
    "a quantity of 2^31": changed(subscription(), *ITEM, "quantity", to=2**31),
    "a quantity of 2^70": changed(subscription(), *ITEM, "quantity", to=2**70),
    "a negative quantity": changed(subscription(), *ITEM, "quantity", to=-1),
    "a quantity that is a fraction": changed(subscription(), *ITEM, "quantity", to=1.5),
    "a quantity that is a text": changed(subscription(), *ITEM, "quantity", to="1"),
    "a quantity that is true": changed(subscription(), *ITEM, "quantity", to=True),
    "an amount of 2^63": changed(subscription(), *ITEM, "price", "unit_amount", to=2**63),
    "no paid period": changed(subscription(), *ITEM, "current_period_end"),
    "a period to the year 300000": changed(
        subscription(), *ITEM, "current_period_end", to=YEAR_300000
    ),
    "a period that is a text": changed(subscription(), *ITEM, "current_period_end", to="soon"),
    "a period that is a fraction": changed(
        subscription(), *ITEM, "current_period_end", to=1.7e9
    ),
    "a period before all": changed(subscription(), *ITEM, "current_period_end", to=-(2**40)),
    "a cancelling that is a text": changed(subscription(), "cancel_at_period_end", to="yes"),
    "a cancelling in the year 300000": changed(subscription(), "cancel_at", to=YEAR_300000),
    "a pause that is a text": changed(subscription(), "pause_collection", to="x"),
    "a reason that is a number": changed(
        subscription(), "cancellation_details", to={"reason": 7}
    ),
    "details that are a list": changed(subscription(), "cancellation_details", to=[1]),
    "an invoice that is a number": changed(subscription(), "latest_invoice", to=7),
    "a card that is a list": changed(subscription(), "default_payment_method", to=["pm_1"]),
}  # fmt: skip
OTHERS = {
    "invoice.paid": {
        "no id": changed(invoice("paid"), "id"),
        "no time": changed(invoice("paid"), "created"),
        "no status": changed(invoice("paid"), "status"),
        "a status that is too long": changed(invoice("paid"), "status", to="p" * 30),
        "a total of 2^70": changed(invoice("paid"), "total", to=2**70),
        "a number of 200": changed(invoice("paid"), "number", to="9" * 200),
        "lines that are a list": changed(invoice("paid"), "lines", to=[]),
        "a line that is null": changed(invoice("paid"), "lines", "data", 0, to=None),
        "a line in the year 300000": changed(
            invoice("paid"), "lines", "data", 0, "period", "start", to=YEAR_300000
        ),
        "a parent that is a text": changed(invoice("paid"), "parent", to="sub_1"),
        "no customer": changed(invoice("paid"), "customer"),
    },
    "invoice.payment_failed": {
        "a link that is a number": changed(invoice(), "hosted_invoice_url", to=7),
        "an amount that is a text": changed(invoice(), "amount_remaining", to="9.00"),
    },
    "checkout.session.completed": {
        "no id": changed(session(), "id"),
        "no status": changed(session(), "status"),
        "no payment status": changed(session(), "payment_status"),
        "a payment status that is null": changed(session(), "payment_status", to=None),
        "a subscription that is a number": changed(session(), "subscription", to=7),
    },
    "payment_method.attached": {
        "no id": changed(card(), "id"),
        "a card that is a text": changed(card(), "card", to="visa"),
        "a type that is a list": changed(card(), "type", to=["card"]),
        "last four that are a number": changed(card(), "card", "last4", to=4242),
    },
    "customer.updated": {
        "no id": changed(customer(), "id"),
        "settings that are a list": changed(customer(), "invoice_settings", to=[1]),
    },
}
