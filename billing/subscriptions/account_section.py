"""The billing section of the account page: from local rows alone, in four queries for a Pro member."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy

from billing.checkout.plans import offer_at
from billing.member_subscription import checkouts_at, holdings_at, is_payment_on_its_way
from billing.models import Invoice
from billing.money import format_money
from billing.tenant_billing import load_tenant
from krate_site.tenancy.sites import current_site
from membership.accounts.next_url import way_back, way_to
from membership.accounts.sessions import membership_of
from membership.models import User

MOST_INVOICES = 24

INVOICE_STATES: dict[str, str | Promise] = {
    "draft": gettext_lazy("In preparation"),
    "open": gettext_lazy("To be paid"),
    "paid": pgettext_lazy("invoice", "Paid"),
    "uncollectible": gettext_lazy("Not collected"),
    "void": pgettext_lazy("invoice", "Cancelled"),
}
INVOICE_BADGES = {"paid": "success", "open": "warning", "uncollectible": "error"}


@dataclass(frozen=True)
class InvoiceLine:
    """An invoice as the table shows it."""

    row: Invoice
    money: str
    state: str
    badge: str

    @property
    def has_link(self) -> bool:
        """Stripe makes no PDF of a draft."""
        return self.row.status != "draft"


def account_section(request: HttpRequest, user: User) -> str:
    """Return the section as HTML, "" where there is nothing to say: nothing bought, nothing sold."""
    site = current_site(request)
    tenant = load_tenant(site)
    holdings = holdings_at(tenant, user)
    holding = holdings[0] if holdings else None
    offer = None if holding and holding.is_live else offer_at(tenant)
    if holding is None and offer is None:
        return ""
    membership = membership_of(request)
    current = membership.standing_at(timezone.now()) if membership else None
    customers = {holding.subscription.customer_id for holding in holdings}
    owes_nothing = holding is not None and holding.is_live and not holding.needs_payment
    is_pending = not (current and current.is_pro and owes_nothing) and is_payment_on_its_way(
        tenant, user, holding, current
    )
    next_url = way_back(request)
    context = {
        "holding": holding,
        "offer": offer,
        "is_test": tenant.is_test,
        "current": current,
        "invoices": [line_of(row) for row in newest_invoices(customers)],
        "may_ask": not (current and current.is_pro)
        and (holding is not None or checkouts_at(tenant, user).exists()),
        "is_pending": is_pending,
        "first_step": holding.first_step(is_pending=is_pending) if holding else "",
        "next_url": next_url,
        "plans_url": way_to("pro", next_url),
    }
    return render_to_string("billing/account_section.html", context, request=request)


def newest_invoices(customers: Collection[int]) -> QuerySet[Invoice]:
    """Return the newest invoices of a member's customers."""
    rows = Invoice.objects.filter(customer__in=customers)
    return rows.order_by("-created", "-pk")[:MOST_INVOICES]


def line_of(row: Invoice) -> InvoiceLine:
    """Return an invoice's money and state in words."""
    return InvoiceLine(
        row,
        format_money(row.total, row.currency),
        str(INVOICE_STATES.get(row.status, row.status)),
        INVOICE_BADGES.get(row.status, ""),
    )
