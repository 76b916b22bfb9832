"""Where a tenant finds its records and the portal's configuration in Stripe's dashboard.

Source: https://docs.stripe.com/dashboard/basics#url-format
"""

from typing import Literal

Kind = Literal["customers", "subscriptions", "invoices"]
DASHBOARD = "https://dashboard.stripe.com"
# In live mode.
PORTAL_CONFIGURATION = f"{DASHBOARD}/settings/billing/portal"


def dashboard_url(kind: Kind, stripe_id: str, *, livemode: bool) -> str:
    """Return the address of a record, in the mode that it is of."""
    mode = "" if livemode else "/test"
    return f"{DASHBOARD}{mode}/{kind}/{stripe_id}"
