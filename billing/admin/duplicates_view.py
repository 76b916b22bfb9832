"""The button that cancels the newer of a member's two Pro subscriptions (rule B7)."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from billing.models import WebhookEvent
from billing.permissions import BillingPermissionPolicy
from billing.stripe_api.errors import StripeProblem
from billing.subscriptions.duplicates import cancel_newer
from billing.tenant_billing import load_tenant
from krate_site.tenancy.admin_access import scoped_to_tenant
from krate_site.tenancy.sites import current_site


@scoped_to_tenant
@require_POST
def cancel_newer_subscription(request: HttpRequest, user_id: int) -> HttpResponseBase:
    """Cancel at Stripe what a member of this tenant began to pay for last."""
    site = current_site(request)
    policy = BillingPermissionPolicy(WebhookEvent)
    if not policy.user_has_permission_for_instance(request.user, "change", site):
        raise PermissionDenied
    try:
        cancelled = cancel_newer(load_tenant(site), user_id)
    except StripeProblem:
        messages.error(
            request, _("Stripe couldn't cancel it now. Nothing was changed. Try again later.")
        )
        return redirect("billing_events:index")
    if cancelled is None:
        messages.info(request, _("There are no two subscriptions any more."))
    else:
        words = _("%(subscription)s is cancelled. Refund its payment in your Stripe dashboard.")
        messages.success(request, words % {"subscription": cancelled.stripe_id})
    return redirect("billing_events:index")
