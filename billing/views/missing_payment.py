"""`/account/billing/ask/`, for whoever paid but can't read: a button, and what Stripe says."""

from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from billing.checkout.plans import offer_at
from billing.member_subscription import holding_of
from billing.stripe_api.errors import StripeProblem
from billing.sync.refresh import ask_stripe_again
from billing.tenant_billing import load_tenant
from billing.views.answers import is_too_often, too_often
from krate_site.tenancy.sites import current_site
from membership.accounts.next_url import way_back
from membership.models import User

NO_ANSWER = _(
    "The payment service can't be reached at the moment. Asking has charged nothing, and what you "
    "paid before isn't lost: Pro opens by itself as soon as we hear of it."
)


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
def missing_payment(request: HttpRequest) -> HttpResponseBase:
    """Show the button; once it is pressed, what Stripe answered and what to do next.

    A wall is the same bytes for everybody (rule S1) and has no form, so its link leads here.
    """
    tenant, user = load_tenant(current_site(request)), cast(User, request.user)
    context: dict[str, Any] = {"next_url": way_back(request), "offer": offer_at(tenant)}
    if request.method != "POST":
        return render(request, "billing/missing_payment.html", context)
    if is_too_often(request, "button"):
        return too_often(request)
    try:
        context["answer"] = ask_stripe_again(tenant, user)
        context["holding"] = holding_of(tenant, user)
    except StripeProblem:
        # Not the problem's own words: "Nothing was charged" is no answer to who has paid.
        context["problem"] = NO_ANSWER
    return render(
        request,
        "billing/missing_payment.html",
        context,
        status=503 if "problem" in context else 200,
    )
