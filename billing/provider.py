"""Billing's answers to what membership asks."""

from datetime import datetime, timedelta
from typing import Any, cast

from django.contrib.humanize.templatetags.humanize import intcomma, naturaltime
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from wagtail.models import Site

from billing.admin.member_section import member_section
from billing.checkout.plans import offer_of
from billing.models import BillingSettings, Customer, Reconciliation, SubscriptionItem, WebhookEvent
from billing.models.ledger import Heading
from billing.money import format_money
from billing.permissions import billing_enabled, may
from billing.subscriptions.account_deletion import cancel_before_deletion
from billing.subscriptions.account_section import account_section
from billing.subscriptions.personal_data import payments_of
from billing.subscriptions.revenue import (
    holders_by_interval,
    monthly_recurring_revenue,
    pro_items,
    recurring_items,
)
from billing.tenant_billing import load_tenant
from krate_site.tenancy.sites import current_site
from membership.admin.home_panel import beginning_of_month, listed
from membership.billing_provider import BillingProvider, Number
from membership.models import Membership, MembershipQuerySet, User
from membership.states import Standing

# What Stripe calls the interval is what the list of members knows a plan by.
PAYING = "paying"


class StripeProvider(BillingProvider):
    """Sells Pro through Stripe; registered when the apps are ready."""

    def sells_pro(self, site: Site) -> bool:
        return offer_of(site) is not None

    def account_section(self, request: HttpRequest) -> str:
        return account_section(request, cast(User, request.user))

    def before_account_deletion(self, user: User) -> None:
        cancel_before_deletion(user)

    def personal_data(self, user: User) -> dict[str, Any]:
        return payments_of(user)

    def plans(self, site: Site) -> list[tuple[str, str]]:
        if not billing_enabled(site.pk):
            return []
        return [
            ("month", _("Monthly")),
            ("year", _("Annual")),
            (PAYING, _("Any plan that recurs")),
        ]

    def with_plan(self, members: MembershipQuerySet, site: Site, plan: str) -> MembershipQuerySet:
        tenant = load_tenant(site)
        items = (
            recurring_items(tenant) if plan == PAYING else pro_items(tenant).filter(interval=plan)
        )
        return members.filter(Exists(of_member(items)))

    def name_plans(self, members: MembershipQuerySet, site: Site) -> MembershipQuerySet:
        tenant = load_tenant(site)
        if not tenant.enabled:
            return members
        items = of_member(pro_items(tenant)).order_by("-pk")
        return members.annotate(plan=Subquery(items.values("interval")[:1]))

    def member_section(self, request: HttpRequest, membership: Membership) -> str:
        return member_section(request, membership)

    def numbers(self, request: HttpRequest) -> list[Number]:
        site = current_site(request)
        if not may(request.user, "view", Customer, site):
            return []
        if not is_set_up(site):
            return [first_step()]
        return [
            recurring_revenue(site),
            *members_at_risk(site),
            last_webhook(site),
            last_reconciliation(site),
        ]


def of_member(items: QuerySet[SubscriptionItem]) -> QuerySet[SubscriptionItem]:
    """Narrow items to those of the member of an outer query."""
    return items.filter(subscription__customer__user=OuterRef("user"))


def is_set_up(site: Site) -> bool:
    """Return whether there is anything to count: a key, or what came by one that is gone."""
    return BillingSettings.for_site(site).readable_mode is not None or (
        WebhookEvent.objects.filter(site=site).exists()
    )


def first_step() -> Number:
    """Return what to do where no key was ever entered."""
    return Number(
        label=_("Selling Pro"),
        value=_("not set up"),
        url=reverse("billing_settings"),
        note=_("enter the keys of your Stripe account"),
    )


def recurring_revenue(site: Site) -> Number:
    tenant = load_tenant(site)
    revenue = monthly_recurring_revenue(tenant)
    holders = holders_by_interval(tenant)
    note = _("%(monthly)s monthly, %(annual)s annual") % {
        "monthly": intcomma(holders.get("month", 0)),
        "annual": intcomma(holders.get("year", 0)),
    }
    return Number(
        label=_("Monthly recurring revenue"),
        value=" · ".join(format_money(amount, code) for code, amount in revenue.items()) or "0",
        url=listed(plan=PAYING),
        note=note,
    )


def members_at_risk(site: Site) -> list[Number]:
    """Return whose Pro ends this month by a cancellation, and whose payment failed."""
    now = timezone.now()
    members = Membership.objects.filter(site=site)
    ending = members.with_standing(Standing.ENDING, now)
    begin = beginning_of_month(now)
    next_month = (begin + timedelta(days=32)).replace(day=1)
    last_day = (next_month - timedelta(days=1)).date()
    past_due = members.with_standing(Standing.PAST_DUE, now).count()
    this_month = ending.filter(pro_until__lt=next_month).count()
    return [
        Number(
            label=_("To be cancelled this month"),
            value=intcomma(this_month),
            url=listed(standing=Standing.ENDING, pro_until_to=last_day.isoformat()),
            note=_("%s in all") % intcomma(ending.count()),
        ),
        Number(
            label=_("Past due"),
            value=intcomma(past_due),
            url=listed(standing=Standing.PAST_DUE),
            note=_("a payment failed") if past_due else _("no payment failed"),
            needs_attention=past_due > 0,
        ),
    ]


def last_webhook(site: Site) -> Number:
    events = WebhookEvent.objects.filter(site=site).order_by("-received_at")
    last = events.values_list("received_at", flat=True).first()
    failed = events.filter(outcome__in=WebhookEvent.FAILURES).count()
    note = ngettext("%(count)s failed", "%(count)s failed", failed) % {"count": failed}
    return Number(
        label=_("Last event from Stripe"),
        value=ago(last) or _("none yet"),
        url=reverse("billing_events:index"),
        note=note if failed else _("none failed"),
        needs_attention=failed > 0,
    )


def last_reconciliation(site: Site) -> Number:
    run = Reconciliation.objects.filter(site=site).first()
    without_access = len(run.left(Heading.PAID_WITHOUT_ACCESS)) if run else 0
    return Number(
        label=_("Last compared with Stripe"),
        value=ago(run.finished_at or run.started_at) if run else _("not yet"),
        url=reverse("billing_events:index"),
        note=_("paid without access: %s") % without_access if run else _("done once a day"),
        needs_attention=without_access > 0 or bool(run and run.error),
    )


def ago(moment: datetime | None) -> str:
    """Return how long ago a time was, "" for none."""
    return str(naturaltime(moment)) if moment else ""
