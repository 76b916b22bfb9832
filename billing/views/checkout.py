"""The buttons of `/pro/`: to Stripe's checkout page, or wherever a member goes instead (B7, B9)."""

from typing import cast

from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
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
from billing.models import Subscription
from billing.stripe_api.errors import StripeProblem
from billing.subscription_status import Status
from billing.views.pro import nothing_on_sale, plan_page, sign_up_url
from krate_site.tenancy.sites import current_site
from membership.accounts.next_url import way_back
from membership.models import User
from membership.views import button_of

# Seconds in which one account may make us ask Stripe so often.
PERIOD = 10 * 60
MOST_CHECKOUTS = 10


def is_too_often(request: HttpRequest, action: str, *, at_most: int) -> bool:
    """Count one more try of the signed-in account; return whether it was one too many.

    At most so many in ten minutes from the first of them.
    """
    key = f"billing-rate:{action}:{current_site(request).pk}:{request.user.pk}"
    cache.add(key, 0, PERIOD)
    try:
        return cache.incr(key) > at_most
    except ValueError:
        # It ran out between the two statements.
        return False


class SeeOther(HttpResponseRedirect):
    """A POST is answered by a page to GET."""

    status_code = 303


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
        return SeeOther(sign_up_url(way_back(request)))
    plan = offer.plans.get(cast(PlanName, request.POST.get("plan", "")))
    if plan is None:
        return plan_page(request, offer, unknown_plan=True, status=400)
    if is_too_often(request, "checkout", at_most=MOST_CHECKOUTS):
        return render(request, "429.html", status=429)
    try:
        return SeeOther(checkout_url(offer, request.user, plan, return_to=way_back(request)))
    except CannotCheckOut as reason:
        return SeeOther(way_instead(request, reason))
    except StripeProblem as problem:
        return plan_page(request, offer, problem=problem, status=503)


def way_instead(request: HttpRequest, reason: CannotCheckOut) -> str:
    """Return where a member goes who may not check out, with a message that says why."""
    if isinstance(reason, AlreadyPaid):
        return f"{reverse('billing_success')}?session_id={reason.session.stripe_id}"
    if isinstance(reason, NoLongerSold):
        return reverse("pro")
    if isinstance(reason, AlreadySubscribed):
        messages.info(request, words_for(reason.subscription))
    else:
        messages.info(request, _("You chose another plan in another window; go on there."))
    return f"{reverse('account')}#billing"


def words_for(subscription: Subscription) -> str:
    """Return what a member is told who has a subscription already: to pay, to resume or to enjoy it."""
    if subscription.status in (Status.PAST_DUE, Status.UNPAID, Status.INCOMPLETE):
        return _("Your subscription is waiting for its payment. You can pay it here.")
    if subscription.status == Status.PAUSED:
        return _("Your subscription is paused. You can resume it here.")
    if subscription.cancellation.is_with_period:
        return _("You have a subscription until its last day. You can resume it here.")
    return _("You are Pro already. Nothing was charged.")
