"""`/account/billing/ask/`: "I paid, but I can't read"; a button, and what Stripe says when it is pressed."""

from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from billing.asking import ask_stripe_again
from billing.errors import StripeProblem
from billing.holding import holding_of
from billing.offer import offer_of
from billing.rate_limit import is_too_often
from billing.tenant import load_tenant
from krate_site.tenancy.sites import current_site
from membership.accounts.next_url import way_back
from membership.models import User

MOST_QUESTIONS = 30
NO_ANSWER = _(
    "The payment service can't be reached at the moment. Asking has charged nothing, and what you "
    "paid before isn't lost: Pro opens by itself as soon as we hear of it."
)


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
def ask(request: HttpRequest) -> HttpResponseBase:
    """Show the button; once it is pressed, what Stripe answered and what to do next.

    A wall is the same bytes for everybody (rule S1) and has no form, so its link leads here.
    """
    site = current_site(request)
    context: dict[str, Any] = {"next_url": way_back(request), "offer": offer_of(site)}
    if request.method != "POST":
        return render(request, "billing/ask.html", context)
    if is_too_often(request, "billing", at_most=MOST_QUESTIONS):
        return render(request, "429.html", status=429)
    try:
        tenant, user = load_tenant(site), cast(User, request.user)
        context["answer"] = ask_stripe_again(tenant, user)
        context["holding"] = holding_of(tenant, user)
    except StripeProblem:
        # Not the problem's own words: "Nothing was charged" is no answer to who has paid.
        context["problem"] = NO_ANSWER
    return render(request, "billing/ask.html", context, status=503 if "problem" in context else 200)
