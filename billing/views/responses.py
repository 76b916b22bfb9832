"""What the billing views answer beside their pages: where to go, and why nothing was asked of Stripe."""

from typing import Literal

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from billing.member_subscription import Holding
from billing.stripe_api.errors import StripeBusy
from krate_site.tenancy.sites import current_site
from membership.accounts.next_url import way_back, way_to

Action = Literal["checkout", "button", "invoice", "returned", "success"]
# How often one account may make us ask Stripe in so many seconds; "button" counts all of them.
PERIOD = 10 * 60
MOST_TIMES: dict[Action, int] = {
    "checkout": 10,
    "button": 30,
    "invoice": 60,
    "returned": 30,
    "success": 30,
}


class SeeOther(HttpResponseRedirect):
    """A POST is answered by a page to GET."""

    status_code = 303


def to_account(request: HttpRequest) -> SeeOther:
    """Lead to the account's billing section, with the way back to the article if there is one."""
    return SeeOther(f"{way_to('account', way_back(request))}#billing")


def is_too_often(request: HttpRequest, action: Action) -> bool:
    """Count one more try of the signed-in account; return whether it was one too many.

    The time counts from the first of them.
    """
    key = f"billing-rate:{action}:{current_site(request).pk}:{request.user.pk}"
    cache.add(key, 0, PERIOD)
    try:
        return cache.incr(key) > MOST_TIMES[action]
    except ValueError:
        # It ran out between the two statements.
        return False


def too_often(request: HttpRequest) -> HttpResponse:
    """Return the page of a click that was one too many."""
    return render(request, "429.html", status=429)


def stripe_is_busy(request: HttpRequest, problem: StripeBusy) -> HttpResponse:
    """Return the page of a click that came while too many wait for Stripe already."""
    next_url = way_back(request)
    context = {
        "words": problem.words,
        "next_url": next_url,
        "account_url": way_to("account", next_url),
    }
    return render(request, "billing/stripe_busy.html", context, status=503)


def words_for(holding: Holding) -> str:
    """Return what a member is told who has a subscription already: to pay, to resume or to enjoy it."""
    if holding.needs_payment:
        return _("Your subscription is waiting for its payment. You can pay it here.")
    if holding.is_paused:
        return _("Your subscription is paused. You can resume it here.")
    if holding.is_ending:
        return _("You have a subscription until its last day. You can resume it here.")
    return _("You are Pro already. Nothing was charged.")
