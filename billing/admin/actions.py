"""The buttons of the billing settings: check again, make the webhook endpoint, test the portal."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from wagtail.log_actions import log

from billing.admin.settings_view import settings_to_change
from billing.checkout.customer import with_customer
from billing.models import BillingSettings
from billing.setup.inspection import inspect
from billing.setup.webhook_endpoint import create_endpoint
from billing.stripe_api.client import stripe_client
from billing.stripe_api.dashboard import PORTAL_CONFIGURATION
from billing.stripe_api.errors import (
    BillingNotConfigured,
    StripeProblem,
    StripeUnreachable,
    refusal,
)
from billing.subscriptions.stripe_pages import portal_url
from billing.webhooks.signing_secrets import end_previous_secret
from krate_site.tenancy.admin_access import scoped_to_tenant
from krate_site.tenancy.sites import absolute_url
from membership.models import User


@scoped_to_tenant
@require_POST
def check_again(request: HttpRequest) -> HttpResponseBase:
    """Ask Stripe about everything once more."""
    billing_settings = settings_to_change(request)
    inspect(billing_settings)
    codes = {finding["code"] for finding in billing_settings.findings}
    if not codes:
        messages.warning(request, refusal(BillingNotConfigured()))
    elif "unreachable" in codes:
        messages.warning(request, refusal(StripeUnreachable()))
    else:
        messages.success(request, _("Checked again. The answers are below."))
    return redirect("billing_settings")


@scoped_to_tenant
@require_POST
def create_webhook_endpoint(request: HttpRequest) -> HttpResponseBase:
    """Make the webhook endpoint at Stripe and store its signing secret (rule B2)."""
    billing_settings = settings_to_change(request)
    try:
        create_endpoint(billing_settings)
    except StripeProblem as problem:
        messages.error(request, refusal(problem))
        return redirect("billing_settings")
    log(billing_settings, "billing.create_endpoint")
    billing_settings.refresh_from_db()
    inspect(billing_settings)
    messages.success(request, _("The webhook endpoint was created and its secret is stored."))
    return redirect("billing_settings")


@scoped_to_tenant
@require_POST
def end_previous(request: HttpRequest) -> HttpResponseBase:
    """Let the signing secret that was replaced count no longer, before its day is over."""
    billing_settings = settings_to_change(request)
    with transaction.atomic():
        stored = BillingSettings.objects.select_for_update().get(pk=billing_settings.pk)
        stored.save(update_fields=end_previous_secret(stored))
        log(stored, "billing.end_previous_secret")
    messages.success(request, _("The previous signing secret isn't valid any more."))
    return redirect("billing_settings")


@scoped_to_tenant
@require_POST
def test_portal(request: HttpRequest) -> HttpResponseBase:
    """Open the customer portal for a customer made for this admin, in test mode only (R21)."""
    billing_settings = settings_to_change(request)
    try:
        if billing_settings.mode == "live":
            # Nobody's subscription is touched for a test.
            return HttpResponseRedirect(PORTAL_CONFIGURATION)
        return HttpResponseRedirect(portal_for_admin(billing_settings, request))
    except StripeProblem as problem:
        messages.error(request, refusal(problem))
        return redirect("billing_settings")


def portal_for_admin(billing_settings: BillingSettings, request: HttpRequest) -> str:
    """Return the portal's address for this admin's own customer; raises StripeProblem."""
    client = stripe_client(billing_settings)
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - the admin lets nobody else in
    back = absolute_url(billing_settings.site, reverse("billing_settings"))
    return with_customer(
        billing_settings,
        user,
        client,
        lambda customer: portal_url(client, customer, return_url=back),
    )
