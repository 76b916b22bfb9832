"""The registry: which handler takes which event. It is also the list that endpoints are made with."""

from collections.abc import Callable, Mapping

from billing.events import checkouts, customers, invoices, subscriptions
from billing.events.event import Event
from billing.models import Notice
from billing.sync.books import Books

# Applies an event to a member's books; returns "" or a code of why it changes nothing.
Handler = Callable[[Books, Event], str]

HANDLERS: Mapping[str, Handler] = {
    "customer.subscription.created": subscriptions.subscription_created,
    "customer.subscription.updated": subscriptions.subscription_updated,
    "customer.subscription.deleted": subscriptions.subscription_deleted,
    "customer.subscription.paused": subscriptions.subscription_paused,
    "customer.subscription.resumed": subscriptions.subscription_resumed,
    "customer.subscription.trial_will_end": subscriptions.trial_will_end,
    "invoice.paid": invoices.invoice_paid,
    "invoice.payment_succeeded": invoices.invoice_payment_succeeded,
    "invoice.payment_failed": invoices.invoice_payment_failed,
    "invoice.payment_action_required": invoices.invoice_payment_action_required,
    "payment_method.attached": customers.payment_method_attached,
    "payment_method.updated": customers.payment_method_updated,
    "payment_method.automatically_updated": customers.payment_method_automatically_updated,
    "payment_method.detached": customers.payment_method_detached,
    "checkout.session.completed": checkouts.checkout_completed,
    "checkout.session.async_payment_succeeded": checkouts.async_payment_succeeded,
    "checkout.session.async_payment_failed": checkouts.async_payment_failed,
    "checkout.session.expired": checkouts.checkout_expired,
    "customer.updated": customers.customer_updated,
    "customer.deleted": customers.customer_deleted,
}

# These change nothing by themselves, but the tenant should know (rule B10): sent when a cardholder
# disputes a payment at his bank, and when a payment was refunded.
TENANT_NOTICES: Mapping[str, Notice.Kind] = {
    "charge.dispute.created": Notice.Kind.DISPUTE,
    "charge.refunded": Notice.Kind.REFUND,
}

EVENT_TYPES: tuple[str, ...] = (*HANDLERS, *TENANT_NOTICES)
