"""The member's billing buttons and links: portal, paying, resuming, invoices (R19, R23 to R25)."""

from functools import wraps
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from billing.member_subscription import Holding, customers_at, holdings_at
from billing.models import Customer, Invoice
from billing.stripe_api.client import language_of_pages, stripe_client
from billing.stripe_api.errors import StripeBusy, StripeObjectMissing, StripeProblem
from billing.subscriptions.resume import end_with_period, resume_subscription
from billing.subscriptions.stripe_pages import FLOWS, invoice_link, payment_page, portal_url
from billing.sync.refresh import ask_stripe_again
from billing.tenant_billing import TenantBilling, load_tenant
from billing.views.responses import (
    SeeOther,
    is_too_often,
    stripe_is_busy,
    to_account,
    too_often,
    words_for,
)
from krate_site.tenancy.sites import absolute_url, current_site
from membership.accounts.next_url import way_back, with_next
from membership.models import User
from membership.views import View, button_of

# In the session: the terms with which the member went to the portal; `portal_return` compares them.
AT_THE_PORTAL = "at_the_portal"


def button(view: View) -> View:
    """A POST of the signed-in member, not too often; Stripe's troubles end on the account page."""

    @wraps(view)
    def pressed(request: HttpRequest) -> HttpResponseBase:
        if is_too_often(request, "button"):
            return too_often(request)
        try:
            return view(request)
        except StripeBusy as problem:
            return stripe_is_busy(request, problem)
        except StripeProblem as problem:
            messages.error(request, str(problem.words))
            return to_account(request)

    return never_cache(button_of("account")(login_required(pressed)))


def holding_here(tenant: TenantBilling, user: User) -> Holding | None:
    """Return the member's first subscription here, live ones first."""
    return next(iter(holdings_at(tenant, user)), None)


def customer_here(tenant: TenantBilling, user: User, holding: Holding | None) -> Customer | None:
    """Return the member's customer: of the subscription shown to them, else the one they have."""
    if holding and not holding.customer.deleted_at_stripe:
        return holding.customer
    return next(iter(customers_at(tenant, user)), None)


def terms_of(holding: Holding | None) -> list[str]:
    """Return what a member may change in the portal: when it ends, by which price and card."""
    if holding is None:
        return []
    card = f"{holding.customer.card_brand} {holding.customer.card_last4}"
    end = holding.ends_at.isoformat() if holding.ends_at else ""
    return [holding.subscription.stripe_id, end, holding.item.price_id, card]


@button
def portal(request: HttpRequest) -> HttpResponseBase:
    """Open Stripe's portal, or one task in it: `flow` is card, cancel or switch.

    A fixed term is cancelled here, since the portal cancels nothing that is set to end.
    """
    tenant, user = load_tenant(current_site(request)), cast(User, request.user)
    holding = holding_here(tenant, user)
    customer = customer_here(tenant, user, holding)
    if customer is None:
        messages.info(request, _("You have no payments here yet, so there is nothing to manage."))
        return to_account(request)
    flow = request.POST.get("flow", "")
    try:
        request.session[AT_THE_PORTAL] = terms_of(holding)
        back = absolute_url(tenant.site, with_next(reverse("billing_return"), way_back(request)))
        term = holding if holding and holding.is_fixed_term else None
        if flow == "cancel" and term and end_with_period(tenant, term):
            return SeeOther(back)
        return SeeOther(
            portal_url(
                stripe_client(tenant.settings),
                customer,
                return_url=back,
                flow=flow if flow in FLOWS else None,
                subscription=holding.subscription if holding and holding.is_live else None,
                locale=language_of_pages(),
            )
        )
    except StripeObjectMissing:
        messages.error(
            request, _("The payment service doesn't know you any more. Please write to us.")
        )
        return to_account(request)


@button
def pay(request: HttpRequest) -> HttpResponseBase:
    """Lead to the page at Stripe where the open invoice is paid or confirmed."""
    tenant, user = load_tenant(current_site(request)), cast(User, request.user)
    holding = holding_here(tenant, user)
    url = payment_page(tenant, holding.subscription) if holding else ""
    if not url:
        messages.info(request, _("There is no open invoice. Nothing was charged."))
        ask_stripe_again(tenant, user)
        return to_account(request)
    return SeeOther(url)


@button
def resume(request: HttpRequest) -> HttpResponseBase:
    """Take back a cancellation, or wake up a paused subscription; perhaps an invoice is to be paid.

    The button *Keep the subscription* sends `keep`, which takes back the end of a fixed term.
    """
    tenant = load_tenant(current_site(request))
    holding = holding_here(tenant, cast(User, request.user))
    if holding is None or not holding.is_live:
        messages.info(request, _("There is no subscription to resume."))
        return to_account(request)
    page = resume_subscription(tenant, holding, beyond_term="keep" in request.POST)
    if page:
        return SeeOther(page)
    tell_of_resuming(request, holding)
    return to_account(request)


def tell_of_resuming(request: HttpRequest, holding: Holding) -> None:
    """Say what became of it, by what Stripe answered."""
    if not holding.is_live:
        messages.info(request, _("There is no subscription to resume."))
    elif holding.needs_payment:
        messages.warning(request, words_for(holding))
    elif holding.renews:
        messages.success(request, _("Your subscription goes on."))
    else:
        messages.error(request, _("Your subscription couldn't be resumed. Please write to us."))


@never_cache
@require_GET
@login_required
def invoice(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Lead to the invoice at Stripe; another member's is as unknown as one that never was."""
    site = current_site(request)
    row = get_object_or_404(Invoice, pk=pk, site=site, customer__user=cast(User, request.user))
    if is_too_often(request, "invoice"):
        return too_often(request)
    try:
        link = invoice_link(load_tenant(site), row)
    except StripeBusy as problem:
        return stripe_is_busy(request, problem)
    except StripeProblem:
        link = ""
    if not link:
        messages.error(
            request,
            _("The invoice can't be fetched from the payment service now. Please try again later."),
        )
        return to_account(request)
    return HttpResponseRedirect(link)
