"""What a Stripe object means here: pure functions from its JSON to the columns of our rows (rule W6).

Both shapes are read: before 2025-03-31 a subscription carried its paid period itself and an invoice
its subscription at the top; since then the period is on each item and the subscription under
`parent`. Source: https://docs.stripe.com/changelog/basil
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.models import Invoice, Subscription, SubscriptionItem
from billing.stripe_api.values import (
    UnusableObjectError,
    fitting,
    flag,
    id_of,
    listed,
    moment,
    number,
    part,
    required,
    text,
)
from billing.subscription_status import STATUSES

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


def project_subscription(subscription: StripeObject) -> SubscriptionSnapshot:
    """Return the columns of a subscription and its items; raises UnusableObjectError.

    Only one that is over may come without its items.
    """
    status = required(subscription, "status")
    rows = listed(subscription, "items")
    if rows is None and not STATUSES[status].is_final:
        raise UnusableObjectError("items is no list")
    items = {required(item, "id"): project_item(item, subscription) for item in rows or []}
    columns = {
        "status_at_stripe": status,
        "livemode": flag(subscription, "livemode"),
        "started_at": moment(subscription, "start_date") or moment(subscription, "created"),
        "current_period_start": moment(subscription, "current_period_start")
        or max(known(items, "current_period_start"), default=None),
        "current_period_end": moment(subscription, "current_period_end")
        or min(known(items, "current_period_end"), default=None),
        "trial_end": moment(subscription, "trial_end"),
        "cancel_at_period_end": flag(subscription, "cancel_at_period_end"),
        "cancel_at": moment(subscription, "cancel_at"),
        "canceled_at": moment(subscription, "canceled_at"),
        "ended_at": moment(subscription, "ended_at"),
        "cancellation_reason": reason_of(subscription),
        "collection_paused": bool(part(subscription, "pause_collection")),
        "latest_invoice_id": id_of(subscription, "latest_invoice"),
        "default_payment_method_id": id_of(subscription, "default_payment_method"),
    }
    if items and STATUSES[status].has_period and columns["current_period_end"] is None:
        raise UnusableObjectError("current_period_end is missing")
    return SubscriptionSnapshot(columns=fitting(Subscription, columns), items=items)


def lists_all_items(subscription: StripeObject) -> bool:
    """Return whether all items came along; Stripe shortens a list that is long."""
    return not flag(part(subscription, "items") or {}, "has_more")


def reason_of(subscription: StripeObject) -> str:
    """Return why it was cancelled, "" where it wasn't.

    Source: https://docs.stripe.com/api/subscriptions/object#subscription_object-cancellation_details
    """
    return text(part(subscription, "cancellation_details") or {}, "reason")


def known(items: Mapping[str, Columns], column: str) -> list[datetime]:
    """Return the values that the items have in this column."""
    return [columns[column] for columns in items.values() if columns[column] is not None]


def project_item(item: StripeObject, subscription: StripeObject) -> Columns:
    """Return the columns of one item; its period is the subscription's where it has none itself."""
    price = part(item, "price") or part(item, "plan") or {}
    recurring = part(price, "recurring") or price
    quantity = number(item, "quantity")
    columns = {
        "price_id": required(price, "id"),
        "product_id": id_of(price, "product"),
        "quantity": 1 if quantity is None else quantity,
        "unit_amount": number(price, "unit_amount"),
        "currency": text(price, "currency"),
        "interval": text(recurring, "interval"),
        "interval_count": number(recurring, "interval_count") or 1,
        "current_period_start": moment(item, "current_period_start")
        or moment(subscription, "current_period_start"),
        "current_period_end": moment(item, "current_period_end")
        or moment(subscription, "current_period_end"),
    }
    return fitting(SubscriptionItem, columns)


def project_invoice(invoice: StripeObject) -> Columns:
    """Return the columns of an invoice; raises UnusableObjectError."""
    required(invoice, "id")
    created = moment(invoice, "created")
    if created is None:
        raise UnusableObjectError("created is missing")
    columns = {
        "subscription_id_at_stripe": subscription_of_invoice(invoice),
        "number": text(invoice, "number"),
        "status": text(invoice, "status") or "draft",
        "billing_reason": text(invoice, "billing_reason"),
        "total": number(invoice, "total") or 0,
        "amount_due": number(invoice, "amount_due") or 0,
        "amount_paid": number(invoice, "amount_paid") or 0,
        "currency": text(invoice, "currency"),
        "created": created,
        "period_start": billed_from(invoice),
        "attempted": flag(invoice, "attempted"),
    }
    return fitting(Invoice, columns)


def subscription_of_invoice(invoice: StripeObject) -> str:
    """Return the id of the subscription that an invoice is for, in either shape, or ""."""
    details = part(part(invoice, "parent") or {}, "subscription_details") or {}
    return id_of(details, "subscription") or id_of(invoice, "subscription")


def billed_from(invoice: StripeObject) -> datetime | None:
    """Return the start of the period that the invoice bills for: its subscription lines' latest.

    The invoice's own `period_start` looks back one period.
    Source: https://docs.stripe.com/api/invoices/object#invoice_object-period_start
    """
    starts = [
        moment(part(line, "period") or {}, "start")
        for line in listed(invoice, "lines") or []
        if is_subscription_line(line)
    ]
    return max((start for start in starts if start is not None), default=None)


def is_subscription_line(line: StripeObject) -> bool:
    """Return whether a line bills a subscription's item for a period, prorations apart."""
    if line.get("type"):
        return line["type"] == "subscription" and not line.get("proration")
    parent = part(line, "parent") or {}
    details = part(parent, "subscription_item_details") or {}
    return parent.get("type") == "subscription_item_details" and not details.get("proration")


def project_card(payment_method: StripeObject) -> tuple[str, str]:
    """Return brand and last four of a payment method; other kinds have their type as brand."""
    kind = text(payment_method, "type")
    card = part(payment_method, "card") or (part(payment_method, kind) if kind else None) or {}
    brand = text(card, "display_brand") or text(card, "brand") or kind
    return brand[:40], text(card, "last4")[:4]


def default_payment_method_of(customer: StripeObject) -> str:
    """Return the id of the payment method that the customer's invoices are charged to, or ""."""
    return id_of(part(customer, "invoice_settings") or {}, "default_payment_method")


def customer_of(stripe_object: StripeObject) -> str:
    """Return the id of the customer whom an object belongs to, or ""."""
    is_itself = stripe_object.get("object") == "customer"
    return required(stripe_object, "id") if is_itself else id_of(stripe_object, "customer")


def subscription_of(stripe_object: StripeObject) -> str:
    """Return the id of the subscription that an object is or belongs to, or ""."""
    if stripe_object.get("object") == "subscription":
        return required(stripe_object, "id")
    return subscription_of_invoice(stripe_object)
