"""A tenant stops selling for good: all that its members are charged for is cancelled (rule B11)."""

from wagtail.models import Site

from billing.models import CheckoutSession, Customer
from billing.permissions import billing_enabled
from billing.setup.billing_toggle import set_enabled
from billing.stripe_api.client import stripe_client
from billing.stripe_api.errors import stripe_problems
from billing.stripe_api.objects import customer_of
from billing.subscriptions.account_deletion import charged_at, end_checkout, end_subscription
from billing.sync.retrieve import plain, refresh_unknown
from billing.tenant_billing import TenantBilling, load_tenant


def close_tenant(site: Site) -> int:
    """Cancel at Stripe all that members of this tenant pay for, and switch its billing off.

    Returns how many subscriptions were cancelled. Raises StripeProblem or AlreadyPaid; then billing
    is on again, and a second try goes on where the first one stopped.
    """
    # Off first, so that nobody begins to pay behind our back.
    was_enabled = billing_enabled(site.pk)
    if was_enabled:
        set_enabled(site, enabled=False)
    try:
        return cancel_all(load_tenant(site))
    except Exception:
        if was_enabled:
            set_enabled(site, enabled=True)
        raise


def cancel_all(tenant: TenantBilling) -> int:
    """End every checkout and subscription of a tenant's members; return how many of the latter."""
    site = tenant.site
    for session in CheckoutSession.objects.begun().filter(site=site):
        end_checkout(tenant, session, wait="command")
    charged = charged_at(tenant)
    if tenant.settings.secret_key or charged.exists():
        bring_in_members_subscriptions(tenant)
    cancelled = 0
    for subscription in charged:
        end_subscription(tenant, subscription)
        cancelled += 1
    return cancelled


def bring_in_members_subscriptions(tenant: TenantBilling) -> None:
    """Read what Stripe has of our members and we don't know of; raises StripeProblem."""
    client = stripe_client(tenant.settings, wait="command")
    members = set(
        Customer.objects.filter(site=tenant.site, user__isnull=False).values_list(
            "stripe_id", flat=True
        )
    )
    with stripe_problems():
        listed = client.v1.subscriptions.list(params={"limit": 100})
        stripe_ids = [
            subscription.id
            for subscription in listed.auto_paging_iter()
            if customer_of(plain(subscription)) in members
        ]
    refresh_unknown(tenant, stripe_ids, wait="command")
