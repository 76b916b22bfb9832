"""A tenant stops selling for good: all that its members are charged for is cancelled (rule B11)."""

from django.db.models import QuerySet
from wagtail.models import Site

from billing.models import CheckoutSession, Customer, Subscription, TenantFeatures
from billing.stripe_api.client import stripe_client
from billing.stripe_api.errors import stripe_problems
from billing.stripe_api.objects import customer_of
from billing.subscriptions.account_deletion import end_checkout, end_subscription
from billing.sync.retrieve import plain, refresh_subscription
from billing.tenant_billing import TenantBilling, load_tenant

State = CheckoutSession.State


def close_tenant(site: Site) -> int:
    """Cancel at Stripe all that members of this tenant pay for, and switch its billing off.

    Returns how many subscriptions were cancelled. Raises StripeProblem or AlreadyPaid; then billing
    is on again, and a second try goes on where the first one stopped.
    """
    # Off first, so that nobody begins to pay behind our back.
    features = TenantFeatures.objects.filter(site=site, billing_enabled=True).first()
    switch(features, on=False)
    try:
        return cancel_all(load_tenant(site))
    except Exception:
        switch(features, on=True)
        raise


def switch(features: TenantFeatures | None, *, on: bool) -> None:
    if features:
        features.billing_enabled = on
        features.save(update_fields=["billing_enabled"])


def cancel_all(tenant: TenantBilling) -> int:
    """End every checkout and subscription of a tenant's members; return how many of the latter."""
    site = tenant.site
    for session in CheckoutSession.objects.filter(
        site=site, state__in=[State.CREATING, State.OPEN]
    ):
        end_checkout(tenant, session, wait="command")
    if tenant.settings.secret_key or charged_at(site).exists():
        bring_in_members_subscriptions(tenant)
    cancelled = 0
    for subscription in charged_at(site):
        end_subscription(tenant, subscription)
        cancelled += 1
    return cancelled


def charged_at(site: Site) -> QuerySet[Subscription]:
    """Return what members of this tenant go on being charged for."""
    return Subscription.objects.charged().filter(site=site)


def bring_in_members_subscriptions(tenant: TenantBilling) -> None:
    """Read what Stripe has of our members and we don't know of; raises StripeProblem."""
    client = stripe_client(tenant.settings, wait="command")
    members = set(
        Customer.objects.filter(site=tenant.site, user__isnull=False).values_list(
            "stripe_id", flat=True
        )
    )
    known = set(Subscription.objects.filter(site=tenant.site).values_list("stripe_id", flat=True))
    with stripe_problems():
        listed = client.v1.subscriptions.list(params={"limit": 100})
        unknown = [
            subscription.id
            for subscription in listed.auto_paging_iter()
            if customer_of(plain(subscription)) in members and subscription.id not in known
        ]
    for stripe_id in unknown:
        refresh_subscription(tenant, stripe_id, wait="command")
