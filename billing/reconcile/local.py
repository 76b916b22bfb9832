"""The other way round: rows of ours that Stripe's list didn't bring up, and members with two."""

import logging
from collections.abc import Container, Iterator
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from billing.duplicates import members_with_two
from billing.errors import StripeObjectMissing
from billing.models import CheckoutSession, Customer, Subscription
from billing.reconcile.comparing import carrying_on, examine
from billing.reconcile.report import Heading, Report
from billing.stripe_values import UnusableObjectError
from billing.sync.opening import books_of
from billing.sync.readings import refresh_checkout_session
from billing.tenant import Tenant
from membership.models import Membership, Standing

logger = logging.getLogger(__name__)

State = CheckoutSession.State
PORTION = 1000


def compare_local(tenant: Tenant, seen: Container[str], report: Report, *, fix: bool) -> None:
    """Look at everything here that Stripe's list of subscriptions can't show; raises StripeProblem."""
    for subscription in live_rows(tenant):
        if subscription.stripe_id not in seen:
            with carrying_on(report, subscription.stripe_id):
                examine(tenant, subscription.stripe_id, report, fix=fix)
    for membership in unfounded_memberships(tenant):
        if fix:
            withdraw(tenant, membership)
        report.find(Heading.ACCESS_WITHOUT_PAYMENT, f"member {membership.user_id}", repaired=fix)
    for subscriptions in members_with_two(tenant):
        report.find(Heading.DUPLICATES, f"member {subscriptions[0].customer.user_id}")
    if fix:
        finish_checkouts(tenant)


def live_rows(tenant: Tenant) -> Iterator[Subscription]:
    """Return our subscriptions that aren't over, of the keys' own mode."""
    live = Subscription.objects.live().filter(site=tenant.site, livemode=bool(tenant.livemode))
    return by_portions(live.only("stripe_id"))


def unfounded_memberships(tenant: Tenant) -> Iterator[Membership]:
    """Return whoever is Pro by no subscription at all."""
    own = Subscription.objects.filter(site=tenant.site, customer__user=OuterRef("user"))
    return by_portions(
        Membership.objects.filter(~Exists(own), site=tenant.site, pro_until__gt=timezone.now())
    )


def by_portions(rows: QuerySet[Any]) -> Iterator[Any]:
    """Return all rows in the order of their keys, a portion in memory at a time.

    Each portion is a statement of its own, so that they may be changed meanwhile.
    """
    last = 0
    while portion := list(rows.filter(pk__gt=last).order_by("pk")[:PORTION]):
        yield from portion
        last = portion[-1].pk


def withdraw(tenant: Tenant, membership: Membership) -> None:
    """Take back access that nothing pays for; complimentary access isn't touched."""
    customer = Customer.objects.filter(site=tenant.site, user=membership.user_id).first()
    if customer:
        with books_of(tenant, customer.stripe_id):
            return
    Membership.objects.filter(pk=membership.pk).update(
        pro_until=None,
        standing=Standing.FREE,
        reason_code="never_subscribed",
        reason_params={},
    )


def finish_checkouts(tenant: Tenant) -> None:
    """Ask what became of checkouts that should have ended; raises StripeProblem."""
    of_tenant = CheckoutSession.objects.filter(site=tenant.site).exclude(stripe_id="")
    overdue = of_tenant.filter(state=State.OPEN, expires_at__lt=timezone.now())
    unfinished = overdue | of_tenant.awaited()
    for stripe_id in list(unfinished.values_list("stripe_id", flat=True)):
        try:
            refresh_checkout_session(tenant, stripe_id, wait="command")
        except StripeObjectMissing:
            CheckoutSession.objects.filter(site=tenant.site, stripe_id=stripe_id).update(
                state=State.EXPIRED
            )
        except UnusableObjectError as problem:
            logger.warning("What became of %s can't be read: %s", stripe_id, problem)
