"""What a member holds at a tenant, from local rows: the subscription, its plan, and what to do about it."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Literal

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from wagtail.models import Site

from billing.models import CheckoutSession, Customer, Invoice, Subscription, SubscriptionItem
from billing.models.checkout_session import CheckoutSessionQuerySet
from billing.money import format_money
from billing.renewal import (
    Cancellation,
    NextCharge,
    PeriodPrice,
    cancellation_of,
    covered_until,
    next_charge,
    period_end,
    price_of,
)
from billing.subscription_status import STATUSES, display_order
from billing.tenant_billing import ProPrices, TenantBilling
from membership.models import Membership, User
from membership.states import CurrentStanding, Standing, Step

# What the first button does: leads to the open invoice, or takes back an end or a pause.
FirstStep = Literal["pay", "resume", ""]
# Brands that aren't written as Stripe's code for them is.
# https://docs.stripe.com/api/payment_methods/object#payment_method_object-card-brand
BRANDS: dict[str, str | Promise] = {
    "amex": "American Express",
    "diners": "Diners Club",
    "jcb": "JCB",
    "mastercard": "Mastercard",
    "unionpay": "UnionPay",
    "sepa_debit": _("SEPA account"),
    "us_bank_account": _("Bank account"),
    "bacs_debit": _("Bank account"),
    "unknown": _("Card"),
}


@dataclass(frozen=True, kw_only=True)
class Holding:
    """A member's subscription, beside what the tenant sells Pro by; it follows its row's refreshing."""

    subscription: Subscription
    pro: ProPrices

    @property
    def customer(self) -> Customer:
        return self.subscription.customer

    @property
    def items(self) -> list[SubscriptionItem]:
        return sorted(self.subscription.items.all(), key=lambda item: item.pk)

    @property
    def items_for_pro(self) -> list[SubscriptionItem]:
        return [item for item in self.items if self.pro.include(vars(item))]

    @property
    def item(self) -> SubscriptionItem:
        """The item that is shown of it: for Pro where it has one, and empty where it has none."""
        items = self.items_for_pro or self.items
        return items[0] if items else SubscriptionItem()

    @property
    def is_live(self) -> bool:
        return not self.subscription.is_final

    @property
    def is_trial(self) -> bool:
        return STATUSES[self.subscription.status].is_trial

    @property
    def step(self) -> Step:
        return STATUSES[self.subscription.status].step

    @property
    def needs_payment(self) -> bool:
        """An open invoice waits: paying it is what there is to do."""
        return self.step == "pay"

    @property
    def is_paused(self) -> bool:
        return self.step == "resume"

    @cached_property
    def open_invoice(self) -> Invoice | None:
        """What is to be paid before a paused subscription can go on; asked only of a paused one."""
        if not self.is_paused:
            return None
        invoices = Invoice.objects.filter(
            customer=self.customer,
            subscription_id_at_stripe=self.subscription.stripe_id,
            status="open",
        )
        return invoices.order_by("-created", "-pk").first()

    @property
    def is_resumable(self) -> bool:
        """A button of ours takes back its end, or wakes it up; perhaps beside a payment."""
        return (self.is_paused or self.is_ending) and self.open_invoice is None

    def first_step(self, *, is_pending: bool = False) -> FirstStep:
        """Return what comes first: to pay, unless that payment is on its way already."""
        if self.open_invoice or (self.needs_payment and not is_pending):
            return "pay"
        return "resume" if self.is_resumable else ""

    @property
    def open_invoice_money(self) -> str:
        """What is still to be paid of that invoice, "" where there is none."""
        invoice = self.open_invoice
        if invoice is None:
            return ""
        return format_money(invoice.amount_due - invoice.amount_paid, invoice.currency)

    @property
    def cancellation(self) -> Cancellation:
        return cancellation_of(self.subscription, self.items_for_pro)

    @property
    def is_ending(self) -> bool:
        """It ends with the paid period, and nothing more is charged."""
        return self.is_live and self.cancellation.is_with_period

    @property
    def is_fixed_term(self) -> bool:
        """It ends on a later day, and renews until then."""
        return self.is_live and self.cancellation.is_fixed_term

    @property
    def renews(self) -> bool:
        """It runs, is paid and goes on: there is nothing to pay or to resume."""
        return STATUSES[self.subscription.status].grants and not self.is_ending

    @property
    def next_charge(self) -> NextCharge | None:
        return next_charge(self.subscription, self.items_for_pro)

    @property
    def period_end(self) -> datetime | None:
        return period_end(self.subscription, self.items_for_pro)

    @property
    def covered_until(self) -> datetime | None:
        return covered_until(self.subscription, self.items_for_pro)

    @property
    def ends_at(self) -> datetime | None:
        """The end that it is set to, or the one that it had; None where it has none."""
        if self.is_live:
            return self.cancellation.ends_at
        return self.subscription.ended_at or self.subscription.canceled_at

    @property
    def price(self) -> PeriodPrice:
        return price_of([self.item])

    @property
    def plan(self) -> str:
        """What it is and costs, as "Pro, monthly · €9.00 a month"."""
        name = _("Pro")
        if self.is_annual:
            name = _("Pro, annual")
        elif self.is_monthly:
            name = _("Pro, monthly")
        price = str(self.price)
        return f"{name} · {price}" if price else str(name)

    @property
    def card_brand(self) -> str:
        """How people call what the next invoice is charged to."""
        return brand_in_words(self.customer.card_brand)

    @property
    def is_annual(self) -> bool:
        return self.item.interval == "year"

    @property
    def is_monthly(self) -> bool:
        return self.item.interval == "month"


def brand_in_words(brand: str) -> str:
    """Return how people call a card's brand, or another way to pay."""
    return str(BRANDS.get(brand) or brand.replace("_", " ").title())


def holdings_of(tenant: TenantBilling, user: User) -> list[Holding]:
    """Return all that the member holds or held here, the live and most urgent first.

    Of either mode: a page of the member's own shows `holdings_at`. One that was over before anything
    was known of it is left out.
    """
    rows = (
        Subscription.objects.filter(site=tenant.site, customer__user=user)
        .select_related("customer")
        .prefetch_related("items")
    )
    holdings = [Holding(subscription=row, pro=tenant.pro) for row in rows]
    return sorted((one for one in holdings if one.is_live or one.items), key=sort_key)


def holdings_at(tenant: TenantBilling, user: User) -> list[Holding]:
    """Return those of them that count: what a member tried out in test mode doesn't in live mode."""
    found = holdings_of(tenant, user)
    return [holding for holding in found if tenant.counts(holding.subscription.livemode)]


def holding_of(tenant: TenantBilling, user: User) -> Holding | None:
    """Return the subscription that keeps a member from another one (rule B7), None where none does."""
    return next((holding for holding in holdings_at(tenant, user) if holding.is_live), None)


def customers_at(tenant: TenantBilling, user: User) -> QuerySet[Customer]:
    """Return the member's customers that Stripe still has and that count, those of live mode first."""
    current = Customer.objects.current(user).filter(site=tenant.site, livemode__in=tenant.modes)
    return current.order_by("-livemode", "pk")


def checkouts_at(tenant: TenantBilling, user: User) -> CheckoutSessionQuerySet:
    """Return the member's checkouts that count."""
    return CheckoutSession.objects.filter(
        site=tenant.site, user=user, customer__livemode__in=tenant.modes
    )


def is_payment_on_its_way(
    tenant: TenantBilling, user: User, holding: Holding | None, current: CurrentStanding | None
) -> bool:
    """Return whether the member has paid and we wait for it to arrive: until then they pay nothing.

    How they stand says so of what they hold, since its checkout may be told late; of what isn't
    known here only its checkout does.
    """
    awaited = checkouts_at(tenant, user).awaited()
    if holding and not (current and current.standing == Standing.PENDING):
        awaited = awaited.exclude(subscription_id_at_stripe=holding.subscription.stripe_id)
    return awaited.exists()


def member_of_customer(site: Site, stripe_id: str) -> Membership | None:
    """Return the member whom a customer at Stripe belongs to, None where it is nobody here."""
    owner = Customer.objects.filter(site=site, stripe_id=stripe_id).values("user")
    return Membership.objects.filter(site=site, user__in=owner).select_related("user").first()


def sort_key(holding: Holding) -> tuple[bool, int, int]:
    """Return what `sorted` needs: live ones first, then the most urgent, then the newest."""
    subscription = holding.subscription
    rank = display_order(subscription.status) if holding.is_live else 0
    return (not holding.is_live, rank, -subscription.pk)
