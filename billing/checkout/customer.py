"""The member's customer at Stripe: made once, and written down before anything is bought (rule B7)."""

import uuid
from collections.abc import Callable

import stripe
from django.conf import settings
from django.db import IntegrityError
from wagtail.models import Site

from billing.models import BillingSettings, Customer
from billing.stripe_api.errors import StripeObjectMissing, stripe_problems
from billing.stripe_api.idempotency import make_once
from billing.sync.retrieve import note_customer_is_gone, plain
from billing.tenant_billing import load_tenant
from billing.webhooks.linking import link_customer
from membership.models import User


def with_customer(
    billing_settings: BillingSettings,
    user: User,
    client: stripe.StripeClient,
    make_url: Callable[[Customer], str],
) -> str:
    """Return the address at Stripe that is made for the member's customer; raises StripeProblem.

    A customer that Stripe doesn't know is made anew: deleted there without our hearing of it, or
    the keys of another account were entered.
    """
    customer = customer_for(billing_settings, user, client)
    try:
        return make_url(customer)
    except StripeObjectMissing as problem:
        if problem.param != "customer":
            raise
    note_customer_is_gone(load_tenant(billing_settings.site), customer.stripe_id)
    return make_url(customer_for(billing_settings, user, client))


def customer_for(
    billing_settings: BillingSettings, user: User, client: stripe.StripeClient
) -> Customer:
    """Return the member's customer, made at Stripe and committed if there is none yet.

    Two tabs, a retry after a time-out, and one after an error of Stripe's end in one customer.
    Raises StripeProblem.
    """
    site = billing_settings.site
    # Read at once: the key counts these rows, and another tab may be adding one.
    rows = list(Customer.objects.filter(site=site, user=user))
    live = billing_settings.mode == "live"
    for row in rows:
        if row.livemode == live and not row.deleted_at_stripe:
            return row
    ours = metadata_of(site, user.pk)
    made = make_once(
        customer_key(site, user, earlier=len(rows)),
        lambda options: client.v1.customers.create(
            {"email": user.email, "metadata": ours}, options
        ),
        find=lambda: made_before(client, user, ours, known={row.stripe_id for row in rows}),
    )
    return link(site, user, stripe_id=made.id, livemode=made.livemode)


def metadata_of(site: Site, user_id: int) -> dict[str, str]:
    """Return what is written at Stripe on all that is made for a member."""
    return {"site": str(site.pk), "user": str(user_id)}


def made_before(
    client: stripe.StripeClient, user: User, ours: dict[str, str], *, known: set[str]
) -> stripe.Customer | None:
    """Return a customer that Stripe made for this member while it said that it had failed to.

    Raises StripeProblem.
    """
    with stripe_problems():
        listed = client.v1.customers.list({"email": user.email, "limit": 100}).data
    return next(
        (
            one
            for one in listed
            if one.id not in known and ours.items() <= plain(one)["metadata"].items()
        ),
        None,
    )


def customer_key(site: Site, user: User, *, earlier: int) -> str:
    """Return the idempotency key of a member's next customer, after so many earlier ones.

    It changes with the address, which is sent along, and with every customer that the member has
    had, since a deleted one must not be answered again.
    """
    parts = (site.hostname, site.pk, user.pk, user.date_joined.timestamp(), user.email, earlier)
    seed = f"{settings.STRIPE_API_BASE} {parts}"
    return f"customer-{uuid.uuid5(uuid.NAMESPACE_URL, seed)}"


def link(site: Site, user: User, *, stripe_id: str, livemode: bool) -> Customer:
    """Write down whose customer this is, and return the row; another tab may have been first."""
    try:
        return link_customer(load_tenant(site), user, stripe_id, livemode=livemode)
    except IntegrityError:
        return Customer.objects.current(user).get(site=site, livemode=livemode)
