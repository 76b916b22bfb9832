"""Stripe's objects and events, small, in today's shape; `in_old_shape` gives the one before 2025-03-31."""

import copy
import hmac
import itertools
import json
import time
from hashlib import sha256

CREATED, UPDATED, DELETED = (
    f"customer.subscription.{what}" for what in ("created", "updated", "deleted")
)
DAY = 86400
MONTH = 30 * DAY
SECRET = "whsec_courier_current"
MONTHLY, ANNUAL, PRODUCT = "price_monthly", "price_annual", "prod_pro"
counter = itertools.count(1)


def now():
    return int(time.time())


def item(price=MONTHLY, product=PRODUCT, *, start, end, id="si_1"):
    interval = "year" if price == ANNUAL else "month"
    return {
        "id": id,
        "object": "subscription_item",
        "quantity": 1,
        "current_period_start": start,
        "current_period_end": end,
        "price": {
            "id": price,
            "object": "price",
            "product": product,
            "unit_amount": 900,
            "currency": "eur",
            "recurring": {"interval": interval, "interval_count": 1},
        },
    }


def subscription(
    status="active", *, id="sub_1", customer="cus_1", start=None, items=None, **changes
):
    """A monthly Pro subscription whose period began ten days ago."""
    start = start or now() - 10 * DAY
    end = changes.pop("end", start + MONTH)
    rows = items if items is not None else [item(start=start, end=end)]
    return {
        "id": id,
        "object": "subscription",
        "customer": customer,
        "status": status,
        "livemode": False,
        "created": start,
        "start_date": start,
        "trial_end": None,
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "ended_at": None,
        "pause_collection": None,
        "latest_invoice": None,
        "default_payment_method": None,
        "items": {"object": "list", "data": rows},
        **changes,
    }


def invoice(
    status="open", *, id="in_1", customer="cus_1", subscription="sub_1",
    reason="subscription_cycle", start=None, **changes
):  # fmt: skip
    start = start or now() - DAY
    line = {
        "object": "line_item",
        "period": {"start": start, "end": start + MONTH},
        "parent": {
            "type": "subscription_item_details",
            "subscription_item_details": {"subscription": subscription, "proration": False},
        },
    }
    return {
        "id": id,
        "object": "invoice",
        "customer": customer,
        "number": f"A-{id}",
        "status": status,
        "billing_reason": reason,
        "total": 900,
        "amount_due": 900,
        "amount_paid": 900 if status == "paid" else 0,
        "currency": "eur",
        "created": start,
        "attempted": True,
        "period_start": start - MONTH,
        "period_end": start,
        "lines": {"object": "list", "data": [line] if reason == "subscription_cycle" else []},
        "parent": {
            "type": "subscription_details",
            "subscription_details": {"subscription": subscription},
        },
        "customer_email": "someone@example.com",
        **changes,
    }


def customer(id="cus_1", *, card=None, **changes):
    return {
        "id": id,
        "object": "customer",
        "email": "someone@example.com",
        "livemode": False,
        "invoice_settings": {"default_payment_method": card},
        **changes,
    }


def card(id="pm_1", *, customer="cus_1", brand="visa", last4="4242"):
    return {
        "id": id,
        "object": "payment_method",
        "type": "card",
        "customer": customer,
        "card": {"brand": brand, "last4": last4},
        "billing_details": {"name": "Some One"},
    }


def session(
    id="cs_1", *, customer="cus_1", status="complete", payment_status="paid", subscription="sub_1"
):
    return {
        "id": id,
        "object": "checkout.session",
        "customer": customer,
        "mode": "subscription",
        "status": status,
        "payment_status": payment_status,
        "subscription": subscription,
        "livemode": False,
        "customer_details": {"email": "someone@example.com"},
    }


def event(type, stripe_object, *, created=None, id=None, **changes):
    """An event of this second, or of the one given."""
    content = {"object": copy.deepcopy(stripe_object)}
    if "previous_attributes" in changes:
        content["previous_attributes"] = changes.pop("previous_attributes")
    return {
        "id": id or f"evt_{next(counter)}",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": created or now(),
        "livemode": False,
        "type": type,
        "data": content,
        **changes,
    }


def in_old_shape(told):
    """The same event as an endpoint made before 2025-03-31 gets it."""
    told = copy.deepcopy(told)
    told["api_version"] = "2025-02-24.acacia"
    thing = told["data"]["object"]
    if thing["object"] == "subscription":
        for row in thing["items"]["data"]:
            thing["current_period_start"] = row.pop("current_period_start")
            thing["current_period_end"] = row.pop("current_period_end")
    if thing["object"] == "invoice":
        parent = thing.pop("parent")
        thing["subscription"] = parent["subscription_details"]["subscription"]
        for line in thing["lines"]["data"]:
            line.pop("parent")
            line.update(type="subscription", proration=False, subscription=thing["subscription"])
    return told


def signed(body, secret=SECRET, *, at=None):
    """The `Stripe-Signature` header for a body."""
    at = now() if at is None else at
    signature = hmac.new(secret.encode(), b"%d.%s" % (at, body), sha256).hexdigest()
    return f"t={at},v1={signature}"


def deliver(client, site, told, *, secret=SECRET, at=None, path="/api/stripe/webhook"):
    """Deliver an event as Stripe does, and return the answer."""
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    return client.post(
        path,
        data=body,
        content_type="application/json",
        headers={"host": site.hostname, "stripe-signature": signed(body, secret, at=at)},
    )
