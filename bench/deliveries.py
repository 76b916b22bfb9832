"""Webhook deliveries, each signed as Stripe signs it."""

import hmac
import itertools
import json
import time
from hashlib import sha256

from bench import PRICE, PRODUCT, WEBHOOK_SECRET
from bench.load import Ask

PATH = "/api/stripe/webhook"
FORGERS_SECRET = "whsec_somebodyelse0"  # noqa: S105
DAY = 86_400
# The last digits of members who are Pro, see `filling.READERS`.
PRO_DIGITS = (5, 6, 7, 8)
# A prime: from one event to the next it is a long way.
FAR = 7_919

numbers = itertools.count(1)


def renewals(count: int, *, members: int, host: str, secret: str = WEBHOOK_SECRET) -> list[Ask]:
    """Return so many new events, each of a renewal of some member's subscription.

    Neighbours are of different members, all over the tables.
    """
    tens = max(members // 10, 1)
    return [
        signed(renewal(pro_member(number, tens), number), host=host, secret=secret)
        for number in itertools.islice(numbers, count)
    ]


def pro_member(number: int, tens: int) -> int:
    """Return the number of a member who is Pro."""
    return (number * FAR % tens) * 10 + PRO_DIGITS[number // tens % len(PRO_DIGITS)]


def renewal(member: int, number: int) -> bytes:
    """Return the body of a `customer.subscription.updated` in the shape of Stripe's API of today."""
    # Each is newer than whatever is known of its subscription.
    start = int(time.time()) + number
    item = {
        "id": f"si_fill_{member}",
        "object": "subscription_item",
        "current_period_start": start,
        "current_period_end": start + 30 * DAY,
        "quantity": 1,
        "price": {
            "id": PRICE,
            "object": "price",
            "product": PRODUCT,
            "unit_amount": 900,
            "currency": "eur",
            "recurring": {"interval": "month", "interval_count": 1},
        },
    }
    subscription = {
        "id": f"sub_fill_{member}",
        "object": "subscription",
        "customer": f"cus_fill_{member}",
        "status": "active",
        "livemode": False,
        "start_date": start - 300 * DAY,
        "cancel_at_period_end": False,
        "collection_method": "charge_automatically",
        "latest_invoice": f"in_fill_{member}",
        "metadata": {},
        "items": {"object": "list", "data": [item]},
    }
    event = {
        "id": f"evt_bench_{start}_{number}",
        "object": "event",
        "api_version": "2026-09-30.dahlia",
        "type": "customer.subscription.updated",
        "created": start,
        "livemode": False,
        "data": {"object": subscription, "previous_attributes": {"current_period_end": start}},
    }
    return json.dumps(event).encode()


def signed(body: bytes, *, host: str, secret: str) -> Ask:
    """Return the delivery of a body, signed now: it holds for five minutes."""
    now = int(time.time())
    signature = hmac.new(secret.encode(), b"%d.%s" % (now, body), sha256).hexdigest()
    return Ask(
        path=PATH,
        method="POST",
        body=body.decode(),
        headers={
            "Host": host,
            "Content-Type": "application/json",
            "Stripe-Signature": f"t={now},v1={signature}",
        },
    )
