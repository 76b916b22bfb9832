"""Members who pay for Pro twice: it shouldn't come to be, and if it does, somebody sees it (rule B7)."""

from collections import defaultdict
from typing import Any

from django.db.models import Count, QuerySet

from billing.models import Notice, Reconciliation, Subscription
from billing.models.ledger import Heading
from billing.stripe_api.errors import suppress_stripe_problem
from billing.subscriptions.account_deletion import cancel_at_once
from billing.subscriptions.revenue import pro_items
from billing.sync.retrieve import refresh_subscription
from billing.tenant_billing import TenantBilling


def running_pro(tenant: TenantBilling, users: Any) -> QuerySet[Subscription]:
    """Return these members' running subscriptions for Pro, the oldest first."""
    items = pro_items(tenant).filter(subscription__customer__user__in=users)
    running = Subscription.objects.filter(pk__in=items.values("subscription"))
    return running.select_related("customer__user").order_by("started_at", "pk")


def members_with_two(tenant: TenantBilling) -> list[list[Subscription]]:
    """Return the running Pro subscriptions of each member who has more than one, the oldest first.

    It goes through all members: for the daily comparison.
    """
    return several_of_each(tenant, users_with_several_live(tenant))


def members_noticed_with_two(tenant: TenantBilling) -> list[list[Subscription]]:
    """Return the same of those who were noticed: when the second one began, or by the comparison.

    However many members there are, it looks at these only: for a page.
    """
    begun = Notice.objects.filter(site=tenant.site, user=None, kind=Notice.Kind.DUPLICATE)
    second = Subscription.objects.filter(site=tenant.site, stripe_id__in=begun.values("about"))
    users = set(second.values_list("customer__user", flat=True))
    run = Reconciliation.objects.filter(site=tenant.site).only("findings").first()
    found = run.findings.get(Heading.DUPLICATES, []) if run else []
    # As the report names them: "member 12".
    return several_of_each(tenant, users | {int(member.split()[-1]) for member in found})


def several_of_each(tenant: TenantBilling, users: Any) -> list[list[Subscription]]:
    by_member: dict[int, list[Subscription]] = defaultdict(list)
    for subscription in running_pro(tenant, users):
        by_member[subscription.customer.user_id or 0].append(subscription)
    return [found for found in by_member.values() if len(found) > 1]


def users_with_several_live(tenant: TenantBilling) -> QuerySet[Any, Any]:
    """Return whoever has several running subscriptions, for whatever they are."""
    charged = Subscription.objects.charged().filter(site=tenant.site)
    others = charged.values("customer__user").annotate(count=Count("pk")).filter(count__gt=1)
    return others.values("customer__user")


def cancel_newer(tenant: TenantBilling, user_id: int) -> Subscription | None:
    """Cancel a member's newest Pro subscription at Stripe, at once, and return it.

    Returns None where they have but one, so that a second click does no harm. Raises StripeProblem;
    after StripeUnreachable nobody knows yet whether it was cancelled, and its webhook tells.
    """
    of_member = running_pro(tenant, [user_id])
    # The older one may just have ended, of which nothing was told here yet.
    for subscription in of_member:
        refresh_subscription(tenant, subscription.stripe_id)
    found = list(of_member.all())
    if len(found) < 2:
        return None
    newest = found[-1]
    cancel_at_once(tenant, newest)
    with suppress_stripe_problem("%s is cancelled and wasn't read", newest.stripe_id):
        refresh_subscription(tenant, newest.stripe_id)
    return newest
