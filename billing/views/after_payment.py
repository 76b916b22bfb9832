"""After paying: where Checkout returns, without waiting for the webhook (rule B8).

Beside it `/account/billing/ask/`, for whoever paid but can't read: a button, and what Stripe says.
"""

from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from billing.checkout.plans import offer_at
from billing.member_subscription import holding_of
from billing.models import CheckoutSession
from billing.stripe_api.errors import StripeObjectMissing, StripeProblem
from billing.stripe_ids import SESSION_ID
from billing.sync.refresh import ask_stripe_again
from billing.sync.retrieve import refresh_checkout_session
from billing.tenant_billing import TenantBilling, load_tenant
from billing.views.responses import is_too_often, too_often
from krate_site.tenancy.sites import current_site
from membership.accounts.next_url import way_back, way_to
from membership.accounts.sessions import membership_at
from membership.models import User

State = CheckoutSession.State
NO_ANSWER = _(
    "The payment service can't be reached at the moment. Asking has charged nothing, and what you "
    "paid before isn't lost: Pro opens by itself as soon as we hear of it."
)


@never_cache
@require_GET
@login_required
def success(request: HttpRequest) -> HttpResponse:
    """Show what became of the member's own checkout; of any other, nothing at all."""
    session = own_session(request)
    if session is None:
        return render(request, "billing/unknown_checkout.html", status=404)
    tenant = load_tenant(session.site)
    unreachable = False
    if not is_known(session) and not is_too_often(request, "success"):
        try:
            session = refresh_checkout_session(tenant, session.stripe_id) or session
        except StripeObjectMissing:
            return render(request, "billing/unknown_checkout.html", status=404)
        except StripeProblem:
            unreachable = True
    return render(
        request,
        "billing/success.html",
        what_came_of(tenant, session, unreachable=unreachable),
        status=503 if unreachable else 200,
    )


def own_session(request: HttpRequest) -> CheckoutSession | None:
    """Return the checkout that is asked for, if it is this member's at this tenant."""
    stripe_id = request.GET.get("session_id", "")
    if not SESSION_ID.fullmatch(stripe_id):
        return None
    return (
        CheckoutSession.objects.filter(
            site=current_site(request), user=cast(User, request.user), stripe_id=stripe_id
        )
        .select_related("site", "user")
        .first()
    )


def is_known(session: CheckoutSession) -> bool:
    """Return whether the checkout was paid and its subscription is here: nothing is left to ask."""
    awaited = CheckoutSession.objects.awaited().filter(pk=session.pk)
    return session.state == State.COMPLETE and not awaited.exists()


def what_came_of(
    tenant: TenantBilling, session: CheckoutSession, *, unreachable: bool
) -> dict[str, Any]:
    """Return what the page needs to say how things stand."""
    membership = membership_at(session.site, session.user)
    return {
        "session": session,
        "is_test": tenant.is_test,
        "unreachable": unreachable,
        "is_pro": membership is not None and membership.is_pro,
        "is_pending": session.state == State.PENDING,
        "is_unpaid": session.state in CheckoutSession.BEGUN,
        "is_over": session.state in (State.EXPIRED, State.FAILED),
        "holding": holding_of(tenant, session.user),
        "return_to": session.return_to,
    }


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
def missing_payment(request: HttpRequest) -> HttpResponseBase:
    """Show the button; once it is pressed, what Stripe answered and what to do next.

    A wall is the same bytes for everybody (rule S1) and has no form, so its link leads here.
    """
    tenant, user = load_tenant(current_site(request)), cast(User, request.user)
    next_url = way_back(request)
    context: dict[str, Any] = {
        "next_url": next_url,
        "account_url": way_to("account", next_url),
        "plans_url": way_to("pro", next_url) if offer_at(tenant) else "",
    }
    if request.method != "POST":
        return render(request, "billing/missing_payment.html", context)
    if is_too_often(request, "button"):
        return too_often(request)
    try:
        context["answer"] = answer = ask_stripe_again(tenant, user)
        context["current"] = answer.current
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
