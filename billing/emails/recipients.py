"""Whom a notice to the tenant is about: the mail names the member, and leads to his page."""

from billing.models import BillingSettings, Customer, Notice, Subscription
from billing.stripe_api.client import stripe_client
from billing.stripe_api.errors import StripeProblem, stripe_problems
from membership.models import Membership


def payer_of(notice: Notice) -> Membership | None:
    """Return the member whose payment or subscription a notice is about, None where none is known.

    Asks Stripe where it's a dispute, which names the charge alone. A mail without a name is better
    than none, so no answer is no fault.
    """
    if notice.kind == Notice.Kind.DUPLICATE:
        rows = Subscription.objects.filter(site=notice.site, stripe_id=notice.about)
        stripe_id = rows.values_list("customer__stripe_id", flat=True).first()
    else:
        stripe_id = notice.params.get("customer") or customer_who_paid(notice)
    customer = Customer.objects.filter(site=notice.site, stripe_id=stripe_id or "").first()
    if customer is None or customer.user_id is None:
        return None
    members = Membership.objects.filter(site=notice.site, user=customer.user_id)
    return members.select_related("user").first()


def customer_who_paid(notice: Notice) -> str:
    """Return the id of the customer whose charge is disputed, "" where Stripe doesn't say."""
    charge = notice.params.get("charge")
    if not charge:
        return ""
    try:
        client = stripe_client(BillingSettings.for_site(notice.site))
        with stripe_problems():
            customer = client.v1.charges.retrieve(charge).customer
    except StripeProblem:
        return ""
    # Not expanded: an id.
    return customer if isinstance(customer, str) else ""
