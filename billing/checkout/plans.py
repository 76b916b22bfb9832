"""What a tenant sells at this moment: plans and terms, from local rows alone."""

from dataclasses import dataclass, field
from typing import Literal

from wagtail.models import Site

from billing.models import BillingSettings, Price, Subscription
from billing.money import format_money
from billing.tenant_billing import TenantBilling, load_tenant
from membership.models import User

PlanName = Literal["monthly", "annual"]
INTERVALS: dict[PlanName, str] = {"monthly": "month", "annual": "year"}
MONTHS_A_YEAR = 12


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One way to pay for Pro; `price_id` is never taken from a browser."""

    name: PlanName
    price_id: str
    amount: int
    currency: str

    @property
    def money(self) -> str:
        return format_money(self.amount, self.currency)


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A tenant's plans and terms."""

    tenant: TenantBilling
    plans: dict[PlanName, Plan] = field(default_factory=dict)

    @property
    def site(self) -> Site:
        return self.tenant.site

    @property
    def settings(self) -> BillingSettings:
        return self.tenant.settings

    @property
    def saving(self) -> str:
        """Return in money what twelve months cost less by the annual plan, "" for nothing."""
        monthly, annual = self.plans.get("monthly"), self.plans.get("annual")
        if not monthly or not annual or monthly.currency != annual.currency:
            return ""
        saved = monthly.amount * MONTHS_A_YEAR - annual.amount
        return format_money(saved, annual.currency) if saved > 0 else ""

    def trial_days_for(self, user: User | None) -> int:
        """Return the free days that this person would get: only who never subscribed gets any."""
        if not self.settings.trial_days or user is None:
            return self.settings.trial_days
        earlier = Subscription.objects.filter(
            site=self.site, customer__user=user, livemode__in=self.tenant.modes
        )
        if earlier.exclude(status=Subscription.Status.INCOMPLETE_EXPIRED).exists():
            return 0
        return self.settings.trial_days


def offer_of(site: Site) -> Offer | None:
    """Return what the tenant sells, None where it sells nothing (yet).

    Nothing is sold by a price whose amount Stripe hasn't told, or that isn't of the keys' mode.
    """
    return offer_at(load_tenant(site))


def offer_at(tenant: TenantBilling) -> Offer | None:
    """Return the same for a tenant that was loaded already."""
    if not (tenant.enabled and tenant.settings.readable_mode and tenant.settings.secret_key):
        return None
    rows = Price.objects.filter(
        site=tenant.site, livemode__in=tenant.modes, unit_amount__isnull=False
    )
    known = {(row.stripe_id, row.interval): row for row in rows}
    wanted: dict[PlanName, str] = {
        "monthly": tenant.settings.monthly_price_id,
        "annual": tenant.settings.annual_price_id,
    }
    plans = {
        name: Plan(name=name, price_id=price_id, amount=row.unit_amount or 0, currency=row.currency)
        for name, price_id in wanted.items()
        if (row := known.get((price_id, INTERVALS[name])))
    }
    if not plans:
        return None
    return Offer(tenant=tenant, plans=plans)
