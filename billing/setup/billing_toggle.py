"""Switching a tenant's billing on and off (rule T3)."""

import logging

from django.db import transaction
from django_tasks import task
from wagtail.log_actions import log
from wagtail.models import Site

from billing.checkout.session import AlreadyPaid
from billing.models import CheckoutSession, TenantFeatures
from billing.reconcile.daily import reconcile_tenant
from billing.subscriptions.account_deletion import end_checkout
from billing.tenant_billing import load_tenant
from krate_site.tasks.queues import enqueue_with_commit
from membership.models import User

logger = logging.getLogger(__name__)


def switch(site: Site, *, on: bool, by: User) -> None:
    """Enable billing and bring in what happened meanwhile, or disable it and end what was begun.

    Access that was granted runs on.
    """
    with transaction.atomic():
        set_enabled(site, enabled=on, by=by)
        enqueue_with_commit(catch_up if on else close_checkouts, site.pk)


def set_enabled(site: Site, *, enabled: bool, by: User | None = None) -> None:
    """Write down whether a tenant has billing, and note it in the tenant's log."""
    features, _ = TenantFeatures.objects.update_or_create(
        site=site, defaults={"billing_enabled": enabled}
    )
    log(features, "billing.switch_on" if enabled else "billing.switch_off", user=by)


@task(queue_name="background")
def catch_up(site_id: int) -> None:
    """Compare the tenant's books with Stripe's and repair them; raises NotReconciledError."""
    reconcile_tenant.call(site_id)


@task(queue_name="background")
def close_checkouts(site_id: int) -> None:
    """See to it that what was begun before can't be paid any more; raises StripeProblem."""
    tenant = load_tenant(Site.objects.get(pk=site_id))
    if tenant.enabled:
        return  # Switched on again, before it was this task's turn.
    for session in list(CheckoutSession.objects.begun().filter(site=tenant.site)):
        try:
            end_checkout(tenant, session, wait="command")
        except AlreadyPaid:
            logger.warning("%s was paid as billing was switched off.", session.stripe_id)
