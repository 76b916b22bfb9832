"""What a tenant's members pay for Pro by the month, and by which plan; from local rows alone."""

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Count, F, QuerySet, Sum

from billing.models import SubscriptionItem
from billing.renewal import RENEWS_AGAIN
from billing.subscription_status import statuses
from billing.tenant_billing import TenantBilling

# How many of these there are in a month, for whatever interval a price that once was sold had.
A_MONTH: dict[str, Decimal] = {
    "day": Decimal(365) / 12,
    "week": Decimal(52) / 12,
    "month": Decimal(1),
    "year": Decimal(1) / 12,
}


def pro_items(tenant: TenantBilling) -> QuerySet[SubscriptionItem]:
    """Return what members hold of Pro: the items, at the tenant's prices, of what runs.

    In joins alone: asked once a row of a list, a subquery over all subscriptions would be made
    anew for each.
    """
    return SubscriptionItem.objects.filter(
        tenant.pro.items,
        subscription__site=tenant.site,
        subscription__livemode__in=tenant.modes,
        subscription__customer__user__isnull=False,
    ).exclude(subscription__status__in=statuses(runs=False))


def recurring_items(tenant: TenantBilling) -> QuerySet[SubscriptionItem]:
    """Return what is charged again: no trials, nothing in its last period, paused or never paid."""
    return pro_items(tenant).filter(
        RENEWS_AGAIN,
        subscription__status__in=statuses(has_period=True, is_trial=False),
        subscription__collection_paused=False,
        unit_amount__isnull=False,
    )


def monthly_recurring_revenue(tenant: TenantBilling) -> dict[str, int]:
    """Return by currency, in its smallest unit, what recurs in a month: annual plans by twelfths.

    Before discounts, taxes and Stripe's fees. Each currency's sum is rounded once, half up.
    """
    sums: dict[str, Decimal] = defaultdict(Decimal)
    rows = (
        recurring_items(tenant)
        .values("currency", "interval", "interval_count")
        .annotate(amount=Sum(F("unit_amount") * F("quantity")))
    )
    for row in rows:
        times = A_MONTH.get(row["interval"], Decimal(0)) / (row["interval_count"] or 1)
        sums[row["currency"]] += row["amount"] * times
    return {
        currency: int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))
        for currency, amount in sorted(sums.items())
    }


def holders_by_interval(tenant: TenantBilling) -> dict[str, int]:
    """Return how many recurring subscriptions there are of each interval."""
    rows = recurring_items(tenant).values("interval")
    counted = rows.annotate(count=Count("subscription", distinct=True))
    return {row["interval"]: row["count"] for row in counted}
