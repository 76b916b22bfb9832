"""Payments on a member's page in the admin: subscriptions, invoices, events, and Stripe's own page."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from wagtail.models import Site

from billing.member_subscription import Holding, holdings_of
from billing.models import Customer, Invoice, WebhookEvent
from billing.permissions import may, refuse_unless_may
from billing.stripe_api.dashboard import dashboard_url
from billing.stripe_api.errors import StripeProblem, refusal
from billing.subscriptions.account_section import line_of, newest_invoices
from billing.sync.refresh import ask_stripe_again
from billing.tenant_billing import load_tenant
from krate_site.tenancy.admin_access import scoped_to_tenant
from krate_site.tenancy.sites import current_site
from membership.models import Membership

MOST_EVENTS = 20


@dataclass(frozen=True)
class Linked:
    """A record with its address at Stripe, and the words that the table shows of it."""

    row: Any
    url: str
    money: str = ""
    state: str = ""


def member_section(request: HttpRequest, membership: Membership) -> str:
    """Return the section as HTML, "" where billing is off or none of this person's business."""
    site = current_site(request)
    if not may(request.user, "view", Customer, site):
        return ""
    tenant = load_tenant(site)
    customers = list(Customer.objects.filter(site=site, user=membership.user_id).order_by("-pk"))
    invoices = newest_invoices([customer.pk for customer in customers])
    context = {
        "member": membership,
        "customers": [linked_customer(customer) for customer in customers],
        "holdings": [linked_holding(held) for held in holdings_of(tenant, membership.user)],
        "invoices": [linked_invoice(invoice) for invoice in invoices.select_related("customer")],
        "events": events_of(site, customers),
    }
    return render_to_string("billing/admin/member_section.html", context, request=request)


def linked_customer(customer: Customer) -> Linked:
    url = dashboard_url("customers", customer.stripe_id, livemode=customer.livemode)
    return Linked(customer, url)


def linked_holding(holding: Holding) -> Linked:
    held = holding.subscription
    url = dashboard_url("subscriptions", held.stripe_id, livemode=held.livemode)
    return Linked(holding, url)


def linked_invoice(invoice: Invoice) -> Linked:
    livemode = invoice.customer.livemode
    url = dashboard_url("invoices", invoice.stripe_id, livemode=livemode)
    line = line_of(invoice)
    return Linked(invoice, url, line.money, line.state)


def events_of(site: Site, customers: list[Customer]) -> QuerySet[WebhookEvent]:
    """Return what Stripe told last of a member."""
    ids = [customer.stripe_id for customer in customers]
    events = WebhookEvent.objects.filter(site=site, customer_id_at_stripe__in=ids)
    return events.defer("payload").order_by("-pk")[:MOST_EVENTS]


@scoped_to_tenant
@require_POST
def ask_again(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Ask Stripe about everything of a member, and say how they stand then."""
    site = current_site(request)
    refuse_unless_may(request.user, "view", Customer, site)
    member = get_object_or_404(Membership.objects.select_related("user"), pk=pk, site=site)
    try:
        ask_stripe_again(load_tenant(site), member.user)
    except StripeProblem as problem:
        messages.error(request, refusal(problem))
    else:
        member.refresh_from_db()
        words = _("Stripe was asked. %(reason)s")
        reason = member.standing_at(timezone.now()).reason
        messages.success(request, words % {"reason": reason})
    return redirect("members:inspect", pk)
