"""Switching a tenant's billing on and off (rule T3)."""

import logging

from django_tasks import task
from wagtail.log_actions import log
from wagtail.models import Site

from billing.checkout.session import AlreadyPaid
from billing.models import CheckoutSession, TenantFeatures
from billing.reconcile.run import reconcile
from billing.stripe_api.errors import StripeProblem
from billing.subscriptions.account_deletion import end_checkout
from billing.tenant_billing import load_tenant
from membership.models import User

logger = logging.getLogger(__name__)
State = CheckoutSession.State


def switch_on(site: Site, *, by: User) -> None:
    """Enable billing, and bring in step what happened at Stripe meanwhile."""
    features, _ = TenantFeatures.objects.update_or_create(
        site=site, defaults={"billing_enabled": True}
    )
    log(features, "billing.switch_on", user=by)
    catch_up.enqueue(site.pk)


def switch_off(site: Site, *, by: User) -> None:
    """Disable billing; granted access runs on, and nothing new can be paid."""
    features, _ = TenantFeatures.objects.update_or_create(
        site=site, defaults={"billing_enabled": False}
    )
    log(features, "billing.switch_off", user=by)
    close_checkouts.enqueue(site.pk)


@task()
def catch_up(site_id: int) -> None:
    """Compare the tenant's books with Stripe's and repair them."""
    report = reconcile(Site.objects.get(pk=site_id), fix=True)
    logger.info("%s", report.as_text())


@task()
def close_checkouts(site_id: int) -> None:
    """See to it that what was begun before can't be paid any more."""
    tenant = load_tenant(Site.objects.get(pk=site_id))
    begun = CheckoutSession.objects.filter(site=tenant.site, state__in=[State.CREATING, State.OPEN])
    try:
        for session in begun.iterator():
            try:
                end_checkout(tenant, session, wait="command")
            except AlreadyPaid:
                logger.warning("%s was paid as billing was switched off.", session.stripe_id)
    except StripeProblem as problem:
        logger.warning("Checkouts stay open at Stripe for a day: %s", type(problem).__name__)
