"""Billing's tables: the tenant's settings, the mirror of Stripe's records, and the ledger of events."""

from billing.models.checkout_session import CheckoutSession
from billing.models.customers import Customer
from billing.models.ledger import Notice, Reconciliation, WebhookEvent
from billing.models.mirror import Invoice, Subscription, SubscriptionItem
from billing.models.settings import BillingSettings, Price, TenantFeatures

__all__ = [
    "BillingSettings",
    "CheckoutSession",
    "Customer",
    "Invoice",
    "Notice",
    "Price",
    "Reconciliation",
    "Subscription",
    "SubscriptionItem",
    "TenantFeatures",
    "WebhookEvent",
]
