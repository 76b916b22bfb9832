"""The buttons of `/pro/`: to Stripe's checkout page, or wherever a member goes instead (B7, B9)."""

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from billing.checkout.plans import PlanName, offer_of
from billing.checkout.session import (
    AlreadyPaid,
    AlreadySubscribed,
    CannotCheckOut,
    NoLongerSold,
    checkout_url,
)
from billing.member_subscription import Holding
from billing.stripe_api.errors import StripeProblem
from billing.views.answers import SeeOther, is_too_often, to_account, too_often
from billing.views.pro import nothing_on_sale, plan_page
from krate_site.tenancy.sites import current_site
from membership.accounts.next_url import way_back
from membership.models import User
from membership.views import button_of
from membership.wall import way_to


@never_cache
@button_of("pro")
def checkout(  # noqa: PLR0911 - each way that a click can go
    request: HttpRequest,
) -> HttpResponseBase:
    """Lead the member to Stripe's checkout page, or wherever he should go instead."""
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


def words_for(holding: Holding) -> str:
    """Return what a member is told who has a subscription already: to pay, to resume or to enjoy it."""
    if holding.needs_payment:
        return _("Your subscription is waiting for its payment. You can pay it here.")
    if holding.is_paused:
        return _("Your subscription is paused. You can resume it here.")
    if holding.is_ending:
        return _("You have a subscription until its last day. You can resume it here.")
    return _("You are Pro already. Nothing was charged.")
