"""The other way round: rows of ours that Stripe's list didn't bring up, and members with two."""

from collections.abc import Collection, Iterator

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from billing.duplicates import members_with_two
from billing.errors import StripeObjectMissing
from billing.models import CheckoutSession, Customer, Subscription
from billing.reconcile.comparing import examine
from billing.reconcile.report import Heading, Report
from billing.sync.opening import books_of
from billing.sync.readings import refresh_checkout_session
from billing.tenant import Tenant
from membership.models import Membership, Standing

State = CheckoutSession.State


def compare_local(tenant: Tenant, seen: Collection[str], report: Report, *, fix: bool) -> None:
    """Look at everything here that Stripe's list of subscriptions can't show; raises StripeProblem."""
    for stripe_id in list(live_rows(tenant)):
        if stripe_id not in seen:
            examine(tenant, stripe_id, report, fix=fix)
    for membership in unfounded_memberships(tenant):
        if fix:
            withdraw(tenant, membership)
        report.find(Heading.ACCESS_WITHOUT_PAYMENT, f"member {membership.user_id}", repaired=fix)
    for subscriptions in members_with_two(tenant):
        report.find(Heading.DUPLICATES, f"member {subscriptions[0].customer.user_id}")
    if fix:
        finish_checkouts(tenant)


def live_rows(tenant: Tenant) -> Iterator[str]:
    """Return our subscriptions that aren't over, of the keys' own mode."""
    rows = Subscription.objects.live().filter(site=tenant.site, livemode=bool(tenant.livemode))
    return rows.values_list("stripe_id", flat=True).iterator()


def unfounded_memberships(tenant: Tenant) -> list[Membership]:
    """Return whoever is Pro by no subscription at all."""
    own = Subscription.objects.filter(site=tenant.site, customer__user=OuterRef("user"))
    return list(
        Membership.objects.filter(~Exists(own), site=tenant.site, pro_until__gt=timezone.now())
    )


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
    unfinished = CheckoutSession.objects.filter(
        Q(state=State.PENDING) | Q(state=State.OPEN, expires_at__lt=timezone.now()),
        site=tenant.site,
    ).exclude(stripe_id="")
    for stripe_id in list(unfinished.values_list("stripe_id", flat=True)):
        try:
            refresh_checkout_session(tenant, stripe_id, wait="command")
        except StripeObjectMissing:
            CheckoutSession.objects.filter(site=tenant.site, stripe_id=stripe_id).update(
                state=State.EXPIRED
            )
