"""Links to a member's invoices: asked of Stripe on the click, since they expire (R24)."""

from billing.models import Invoice, Subscription
from billing.stripe_api.client import stripe_client
from billing.stripe_api.errors import stripe_problems
from billing.tenant_billing import TenantBilling


def invoice_link(tenant: TenantBilling, invoice: Invoice) -> str:
    """Return where an invoice can be seen now: its PDF, or the page to pay it; raises StripeProblem."""
    client = stripe_client(tenant.settings)
    with stripe_problems():
        found = client.v1.invoices.retrieve(invoice.stripe_id)
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
