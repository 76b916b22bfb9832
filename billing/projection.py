"""What a Stripe object means here: pure functions from its JSON to the columns of our rows (rule W6).

Both shapes are read: before 2025-03-31 a subscription carried its paid period itself and an invoice
its subscription at the top; since then the period is on each item and the subscription under
`parent`. Source: https://docs.stripe.com/changelog/basil
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

StripeObject = Mapping[str, Any]
Columns = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class SubscriptionSnapshot:
    """A subscription as one Stripe object shows it: its own columns, and its items' by id."""

    columns: Columns
    items: dict[str, Columns]

    @property
    def status(self) -> str:
        return str(self.columns["status_at_stripe"])


def moment(seconds: int | None) -> datetime | None:
    """Return Stripe's seconds since 1970 as a time, None for none."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def id_of(value: str | StripeObject | None) -> str:
    """Return the id of what may be an id, an expanded object or nothing ("")."""
    if value is None:
        return ""
    return value if isinstance(value, str) else str(value["id"])


def project_subscription(subscription: StripeObject) -> SubscriptionSnapshot:
    """Return the columns of a subscription and its items; raises KeyError without id or status."""
    items = {
        item["id"]: project_item(item, subscription)
        for item in (subscription.get("items") or {}).get("data", [])
    }
    columns = {
        "status_at_stripe": str(subscription["status"]),
        "livemode": bool(subscription.get("livemode")),
        "started_at": moment(subscription.get("start_date") or subscription.get("created")),
        "current_period_start": moment(subscription.get("current_period_start"))
        or max(known(items, "current_period_start"), default=None),
        "current_period_end": moment(subscription.get("current_period_end"))
        or min(known(items, "current_period_end"), default=None),
        "trial_end": moment(subscription.get("trial_end")),
        "cancel_at_period_end": bool(subscription.get("cancel_at_period_end")),
        "cancel_at": moment(subscription.get("cancel_at")),
        "canceled_at": moment(subscription.get("canceled_at")),
        "ended_at": moment(subscription.get("ended_at")),
        "cancellation_reason": reason_of(subscription),
        "collection_paused": subscription.get("pause_collection") is not None,
        "latest_invoice_id": id_of(subscription.get("latest_invoice")),
        "default_payment_method_id": id_of(subscription.get("default_payment_method")),
    }
    return SubscriptionSnapshot(columns=columns, items=items)


def lists_all_items(subscription: StripeObject) -> bool:
    """Return whether all items came along; Stripe shortens a list that is long."""
    return not (subscription.get("items") or {}).get("has_more")


def reason_of(subscription: StripeObject) -> str:
    """Return why it was cancelled, "" where it wasn't.

    Source: https://docs.stripe.com/api/subscriptions/object#subscription_object-cancellation_details
    """
    return str((subscription.get("cancellation_details") or {}).get("reason") or "")


def known(items: Mapping[str, Columns], column: str) -> list[datetime]:
    """Return the values that the items have in this column."""
    return [columns[column] for columns in items.values() if columns[column] is not None]


def project_item(item: StripeObject, subscription: StripeObject) -> Columns:
    """Return the columns of one item; its period is the subscription's where it has none itself."""
    price = item.get("price") or item.get("plan") or {}
    recurring = price.get("recurring") or price
    return {
        "price_id": id_of(price),
        "product_id": id_of(price.get("product")),
        "quantity": 1 if item.get("quantity") is None else item["quantity"],
        "unit_amount": price.get("unit_amount"),
        "currency": price.get("currency") or "",
        "interval": recurring.get("interval") or "",
        "interval_count": recurring.get("interval_count") or 1,
        "current_period_start": moment(
            item.get("current_period_start") or subscription.get("current_period_start")
        ),
        "current_period_end": moment(
            item.get("current_period_end") or subscription.get("current_period_end")
        ),
    }


def project_invoice(invoice: StripeObject) -> Columns:
    """Return the columns of an invoice; raises KeyError without id."""
    return {
        "subscription_id_at_stripe": subscription_of_invoice(invoice),
        "number": invoice.get("number") or "",
        "status": invoice.get("status") or "draft",
        "billing_reason": invoice.get("billing_reason") or "",
        "total": invoice.get("total") or 0,
        "amount_due": invoice.get("amount_due") or 0,
        "amount_paid": invoice.get("amount_paid") or 0,
        "currency": invoice.get("currency") or "",
        "created": moment(invoice.get("created")),
        "period_start": billed_from(invoice),
        "attempted": bool(invoice.get("attempted")),
    }


def subscription_of_invoice(invoice: StripeObject) -> str:
    """Return the id of the subscription that an invoice is for, in either shape, or ""."""
    details = (invoice.get("parent") or {}).get("subscription_details") or {}
    return id_of(details.get("subscription") or invoice.get("subscription"))


def billed_from(invoice: StripeObject) -> datetime | None:
    """Return the start of the period that the invoice bills for: its subscription lines' latest.

    The invoice's own `period_start` looks back one period.
    Source: https://docs.stripe.com/api/invoices/object#invoice_object-period_start
    """
    lines = (invoice.get("lines") or {}).get("data") or []
    starts = [
        line["period"]["start"]
        for line in lines
        if is_subscription_line(line) and (line.get("period") or {}).get("start") is not None
    ]
    return moment(max(starts, default=None))


def is_subscription_line(line: StripeObject) -> bool:
    """Return whether a line bills a subscription's item for a period, prorations apart."""
    if line.get("type"):
        return line["type"] == "subscription" and not line.get("proration")
    parent = line.get("parent") or {}
    details = parent.get("subscription_item_details") or {}
    return parent.get("type") == "subscription_item_details" and not details.get("proration")


def project_card(payment_method: StripeObject) -> tuple[str, str]:
    """Return brand and last four of a payment method; other kinds have their type as brand."""
    card = payment_method.get("card") or payment_method.get(str(payment_method.get("type"))) or {}
    brand = card.get("display_brand") or card.get("brand") or payment_method.get("type") or ""
    return str(brand)[:40], str(card.get("last4") or "")[:4]


def default_payment_method_of(customer: StripeObject) -> str:
    """Return the id of the payment method that the customer's invoices are charged to, or ""."""
    settings = customer.get("invoice_settings") or {}
    return id_of(settings.get("default_payment_method"))


def customer_of(stripe_object: StripeObject) -> str:
    """Return the id of the customer whom an object belongs to, or ""."""
    if stripe_object.get("object") == "customer":
        return str(stripe_object["id"])
    return id_of(stripe_object.get("customer"))


def subscription_of(stripe_object: StripeObject) -> str:
    """Return the id of the subscription that an object is or belongs to, or ""."""
    if stripe_object.get("object") == "subscription":
        return str(stripe_object["id"])
    return subscription_of_invoice(stripe_object)
