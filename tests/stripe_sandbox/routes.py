"""Every API call that the sandbox answers, as a list."""

from functools import partial

from . import (
    accounts,
    catalog,
    checkout,
    customers,
    invoice_calls,
    invoices,
    lifecycle,
    payment_methods,
    payments,
    portal,
    subscription_items,
    subscription_updates,
    subscriptions,
    webhook_endpoints,
)
from .presentation import Includable
from .resources import Route, is_event_wanted, resource, retrieve

ROUTES = [
    *resource("customer", create=customers.create, update=customers.update,
              delete=customers.delete, filters=("email", "test_clock")),
    *resource("product", create=catalog.create_product, update=(),
              filters=("active", "shippable", "url", "ids=id")),
    *resource("price", create=catalog.create_price, update=catalog.update_price, permission="plan",
              filters=("active", "currency", "product", "type", "lookup_keys=lookup_key",
                       "recurring")),
    *resource("coupon", create=catalog.create_coupon, update=("name",), delete=True),
    *resource("promotion_code", create=catalog.create_promotion_code, update=("active",),
              filters=("active", "code", "customer", "coupon=promotion.coupon")),
    *resource("payment_method", create=payment_methods.create, update=(),
              attach=payment_methods.attach, detach=payment_methods.detach,
              filters=("customer", "type"), keep=lambda world, params, method: method["customer"]),
    *resource("checkout.session", create=checkout.create, update=("metadata",),
              expire=checkout.expire,
              filters=("customer", "customer_details", "payment_intent", "status", "subscription")),
    Route("GET", "/v1/checkout/sessions/{id}/line_items", checkout.list_line_items,
          "checkout.SessionLineItemListParams", "checkout_session"),
    Route("POST", "/v1/billing_portal/sessions", portal.create_session,
          "billing_portal.SessionCreateParams", "customer_portal"),
    *resource("billing_portal.configuration", create=portal.create_configuration,
              update=portal.update_configuration, permission="customer_portal",
              filters=("active", "is_default")),
    *resource("subscription", create=subscriptions.create, update=subscription_updates.update,
              pause=subscription_updates.pause, resume=subscription_updates.resume,
              filters=("customer", "collection_method", "test_clock"),
              keep=subscriptions.is_wanted),
    Route("DELETE", "/v1/subscriptions/{id}", subscription_updates.cancel,
          "SubscriptionCancelParams", "subscription"),
    *resource("subscription_item", create=subscription_items.create,
              retrieve=subscription_items.retrieve, update=subscription_items.update,
              delete=subscription_items.delete, list=subscription_items.list_items,
              permission="subscription"),
    *resource("invoiceitem", create=invoice_calls.create_item, params="InvoiceItem",
              permission="invoice", filters=("customer", "invoice")),
    Route("POST", "/v1/invoices/create_preview", subscription_updates.preview,
          "InvoiceCreatePreviewParams", "invoice"),
    *resource("invoice", create=invoice_calls.create, update=("description", "footer"),
              pay=invoice_calls.pay,
              filters=("customer", "status", "collection_method",
                       "subscription=parent.subscription_details.subscription")),
    *resource("invoice_payment", permission="invoice", filters=("invoice", "status", "payment")),
    *resource("payment_intent", create=payments.create_intent, filters=("customer",)),
    *resource("charge", filters=("customer", "payment_intent")),
    *resource("refund", create=payments.create_refund, permission="charge",
              filters=("charge", "payment_intent")),
    *resource("dispute", filters=("charge", "payment_intent")),
    *resource("setup_intent", create=payments.create_setup_intent,
              filters=("customer", "payment_method")),
    *resource("webhook_endpoint", create=webhook_endpoints.create,
              update=webhook_endpoints.update, delete=True, permission="webhook"),
    # What the hosted page itself calls; undocumented, but Stripe's CLI pays its sessions by it.
    Route("GET", "/v1/payment_pages/{id}", partial(retrieve, "checkout.session"), "",
          "checkout_session"),
    Route("POST", "/v1/payment_pages/{id}/confirm", checkout.confirm_payment_page, "",
          "checkout_session"),
    *resource("event", keep=is_event_wanted),
    *resource("test_helpers.test_clock", create=lifecycle.create_clock, delete=lifecycle.delete_clock,
              advance=lifecycle.advance_clock, permission="billing_clock"),
    Route("GET", "/v1/account", accounts.retrieve, "AccountRetrieveCurrentParams", "account"),
]  # fmt: skip

INCLUDABLE: Includable = {
    ("checkout.session", "line_items"): checkout.line_items_of,
    ("invoice", "payments"): invoices.payments_of,
}


def find(method: str, path: str) -> tuple[Route, list[str]] | None:
    """The route of a path, with the ids in it."""
    parts = path.rstrip("/").split("/")
    for route in ROUTES:
        if route.method != method or len(route.parts) != len(parts):
            continue
        pairs = list(zip(route.parts, parts, strict=True))
        if all(own in ("{id}", given) for own, given in pairs):
            return route, [given for own, given in pairs if own == "{id}"]
    return None
