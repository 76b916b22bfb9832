"""Ways to Stripe's own pages (rule B1): its portal, or one task there, and a member's invoices.

Each is asked for on the click, since their addresses expire (R24).
"""

from typing import TYPE_CHECKING, Literal

import stripe

from billing.models import Customer, Invoice, Subscription
from billing.stripe_api.client import stripe_client
from billing.stripe_api.errors import StripeObjectMissing, StripeRequestRefused, stripe_problems
from billing.tenant_billing import TenantBilling

if TYPE_CHECKING:
    from stripe.params.billing_portal import (
        SessionCreateParams,
        SessionCreateParamsFlowData,
        SessionCreateParamsFlowDataAfterCompletion,
    )

Flow = Literal["card", "cancel", "switch"]
FLOWS: tuple[Flow, ...] = ("card", "cancel", "switch")


def portal_url(
    client: stripe.StripeClient,
    customer: Customer,
    *,
    return_url: str,
    flow: Flow | None = None,
    subscription: Subscription | None = None,
    locale: str = "auto",
) -> str:
    """Return the address of a fresh portal session, which is good for a few minutes.

    A task that the tenant's portal doesn't offer leads to the portal's front page instead. Raises
    StripeProblem; StripeObjectMissing where Stripe doesn't know the customer.
    Source: https://docs.stripe.com/customer-management/portal-deep-links
    """
    params: SessionCreateParams = {
        "customer": customer.stripe_id,
        "return_url": return_url,
        "locale": locale,
    }
    flow_data = flow_for(flow, subscription, return_url=return_url)
    if flow_data:
        try:
            return open_portal(client, {**params, "flow_data": flow_data})
        except StripeObjectMissing:
            raise
        except StripeRequestRefused:
            pass
    return open_portal(client, params)


def open_portal(client: stripe.StripeClient, params: "SessionCreateParams") -> str:
    """Make a portal session; raises StripeProblem."""
    with stripe_problems():
        session = client.v1.billing_portal.sessions.create(params)
    return session.url


def flow_for(
    flow: Flow | None, subscription: Subscription | None, *, return_url: str
) -> "SessionCreateParamsFlowData | None":
    """Return Stripe's `flow_data` for a task, None where it needs a subscription and there is none."""
    done: SessionCreateParamsFlowDataAfterCompletion = {
        "type": "redirect",
        "redirect": {"return_url": return_url},
    }
    if flow == "card":
        return {"type": "payment_method_update", "after_completion": done}
    if subscription is None:
        return None
    stripe_id = subscription.stripe_id
    if flow == "cancel":
        return {
            "type": "subscription_cancel",
            "subscription_cancel": {"subscription": stripe_id},
            "after_completion": done,
        }
    if flow == "switch":
        return {
            "type": "subscription_update",
            "subscription_update": {"subscription": stripe_id},
            "after_completion": done,
        }
    return None


def default_portal(client: stripe.StripeClient) -> stripe.billing_portal.Configuration | None:
    """Return the portal's configuration in Stripe's dashboard, None where nobody made one."""
    with stripe_problems():
        configurations = client.v1.billing_portal.configurations.list(
            {
                "is_default": True,
                "active": True,
                "limit": 1,
                "expand": ["data.features.subscription_update.products"],
            }
        )
    return configurations.data[0] if configurations.data else None


def invoice_link(tenant: TenantBilling, invoice: Invoice) -> str:
    """Return where an invoice can be seen now: its PDF, or the page to pay it; raises StripeProblem."""
    found = read_invoice(tenant, invoice.stripe_id)
    if found.status == "open":
        return found.hosted_invoice_url or found.invoice_pdf or ""
    return found.invoice_pdf or found.hosted_invoice_url or ""


def payment_page(tenant: TenantBilling, subscription: Subscription) -> str:
    """Return the page where a subscription's open invoice is paid or confirmed, "" without one.

    The newest one that Stripe knows, so that it may be newer than our rows. Raises StripeProblem.
    """
    client = stripe_client(tenant.settings)
    with stripe_problems():
        open_ones = client.v1.invoices.list(
            {"subscription": subscription.stripe_id, "status": "open", "limit": 1}
        ).data
    return open_ones[0].hosted_invoice_url or "" if open_ones else ""


def read_invoice(tenant: TenantBilling, stripe_id: str) -> stripe.Invoice:
    """Return an invoice as Stripe has it now; raises StripeProblem."""
    client = stripe_client(tenant.settings)
    with stripe_problems():
        return client.v1.invoices.retrieve(stripe_id)
