"""Where Checkout returns: makes the member Pro without waiting for the webhook (rule B8)."""

from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from billing.member_subscription import holding_of
from billing.models import CheckoutSession
from billing.stripe_api.errors import StripeObjectMissing, StripeProblem
from billing.stripe_ids import SESSION_ID
from billing.sync.retrieve import refresh_checkout_session
from billing.tenant_billing import load_tenant
from billing.views.answers import is_too_often
from krate_site.tenancy.sites import current_site
from membership.models import Membership, User

State = CheckoutSession.State


@never_cache
@require_GET
@login_required
def success(request: HttpRequest) -> HttpResponse:
    """Show what became of the member's own checkout; of any other, nothing at all."""
    session = own_session(request)
    if session is None:
        return render(request, "billing/unknown_checkout.html", status=404)
    unreachable = False
    if not is_known(session) and not is_too_often(request, "success"):
        try:
            session = (
                refresh_checkout_session(load_tenant(session.site), session.stripe_id) or session
            )
        except StripeObjectMissing:
            return render(request, "billing/unknown_checkout.html", status=404)
        except StripeProblem:
            unreachable = True
    return render(
        request,
        "billing/success.html",
        what_came_of(session, unreachable=unreachable),
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


def what_came_of(session: CheckoutSession, *, unreachable: bool) -> dict[str, Any]:
    """Return what the page needs to say how things stand."""
    tenant = load_tenant(session.site)
    membership = Membership.objects.filter(site=session.site, user=session.user).first()
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
