"""`/account/billing/invoices/<id>/`: a member's own invoice, by a link that is fresh."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from billing.errors import StripeBusy, StripeProblem
from billing.invoices import invoice_link
from billing.models import Invoice
from billing.rate_limit import is_too_often
from billing.tenant import load_tenant
from billing.views.managing import stripe_is_busy, to_account
from krate_site.tenancy.sites import current_site
from membership.models import User

MOST_LINKS = 60


@never_cache
@require_GET
@login_required
def invoice(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Lead to the invoice at Stripe; another member's is as unknown as one that never was."""
    site = current_site(request)
    row = get_object_or_404(Invoice, pk=pk, site=site, customer__user=cast(User, request.user))
    if is_too_often(request, "invoice", at_most=MOST_LINKS):
        return render(request, "429.html", status=429)
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
