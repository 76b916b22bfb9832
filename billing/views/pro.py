"""`/pro/`: what Pro gives, what it costs, and the one button that fits the reader's state.

Its buttons lead to Stripe's checkout page, or wherever a member goes instead (B7, B9).
"""

from datetime import timedelta
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from billing.checkout.plans import Offer, PlanName, offer_of
from billing.checkout.session import (
    AlreadyPaid,
    AlreadySubscribed,
    CannotCheckOut,
    NoLongerSold,
    checkout_url,
)
from billing.member_subscription import holding_of, is_payment_on_its_way
from billing.stripe_api.errors import StripeProblem
from billing.views.responses import SeeOther, is_too_often, to_account, too_often, words_for
from krate_site.tenancy.sites import current_site
from membership.accounts.next_url import way_back, way_to
from membership.accounts.sessions import membership_of
from membership.models import User
from membership.reasons import Text
from membership.states import STATES, Standing
from membership.views import button_of


@never_cache
@require_GET
def pro(request: HttpRequest) -> HttpResponse:
    """Show the plans; asks local rows only, so it works while Stripe doesn't."""
    offer = offer_of(current_site(request))
    return plan_page(request, offer) if offer else nothing_on_sale(request)


def nothing_on_sale(request: HttpRequest) -> HttpResponse:
    """Return the 404 of a tenant that sells nothing: it says what becomes of who is Pro already."""
    return render(request, "billing/nothing_on_sale.html", status=404)


def plan_page(
    request: HttpRequest,
    offer: Offer,
    *,
    problem: StripeProblem | None = None,
    unknown_plan: bool = False,
    status: int = 200,
) -> HttpResponse:
    """Return the plan page, with what went wrong on it where something did."""
    next_url = way_back(request)
    user = request.user if isinstance(request.user, User) else None
    trial_days = offer.trial_days_for(user)
    context: dict[str, Any] = {
        "offer": offer,
        "trial_days": trial_days,
        "first_charge": timezone.now() + timedelta(days=trial_days),
        "next_url": next_url,
        "account_url": way_to("account", next_url),
        "sign_up_url": way_to("sign_up_for_pro", next_url),
        "problem": problem.words if problem else "",
        "unknown_plan": unknown_plan,
        "may_choose": True,
        **(state_of_member(request, offer, user) if user else {}),
    }
    return render(request, "billing/pro.html", context, status=status)


def state_of_member(request: HttpRequest, offer: Offer, user: User) -> dict[str, Any]:
    """Return what the page must know of a member: how they stand, and what there is to do."""
    membership = membership_of(request)
    current = membership.standing_at(timezone.now()) if membership else None
    holding = holding_of(offer.tenant, user)
    is_pending = is_payment_on_its_way(offer.tenant, user, holding, current)
    headline: Text = ""
    if is_pending:
        headline = STATES[Standing.PENDING].headline
    elif current and current.reason_code != "never_subscribed":
        headline = current.headline
    waits = is_pending or (holding and not holding.renews)
    return {
        "current": current,
        "headline": headline,
        # What ended before isn't told beside a payment that is on its way.
        "reason": current.reason_for_member
        if current and (not is_pending or current.standing == Standing.PENDING)
        else "",
        "holding": holding,
        "is_pending": is_pending,
        "first_step": holding.first_step() if holding and not is_pending else "",
        "may_choose": not holding and not is_pending,
        # Nothing is to be done but to read: no payment, and nothing to resume.
        "reads_on": current and current.is_pro and not waits,
    }


@never_cache
@button_of("pro")
def checkout(  # noqa: PLR0911 - each way that a click can go
    request: HttpRequest,
) -> HttpResponseBase:
    """Lead the member to Stripe's checkout page, or wherever they should go instead."""
    offer = offer_of(current_site(request))
    if offer is None:
        return nothing_on_sale(request)
    if not isinstance(request.user, User):
        return SeeOther(way_to("sign_up_for_pro", way_back(request)))
    plan = offer.plans.get(cast(PlanName, request.POST.get("plan", "")))
    if plan is None:
        return plan_page(request, offer, unknown_plan=True, status=400)
    if is_too_often(request, "checkout"):
        return too_often(request)
    try:
        return SeeOther(checkout_url(offer, request.user, plan, return_to=way_back(request)))
    except CannotCheckOut as reason:
        return way_instead(request, reason)
    except StripeProblem as problem:
        return plan_page(request, offer, problem=problem, status=503)


def way_instead(request: HttpRequest, reason: CannotCheckOut) -> HttpResponseBase:
    """Lead a member who may not check out where they can go on, with a message that says why."""
    if isinstance(reason, AlreadyPaid):
        paid = reason.session.stripe_id
        return SeeOther(f"{reverse('billing_success')}?session_id={paid}")
    if isinstance(reason, NoLongerSold):
        return SeeOther(way_to("pro", way_back(request)))
    if isinstance(reason, AlreadySubscribed):
        messages.info(request, words_for(reason.holding))
    else:
        messages.info(request, _("You chose another plan in another window; go on there."))
    return to_account(request)
