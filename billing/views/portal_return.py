"""Coming back from the portal: the rows are brought up to date, and what was done there is confirmed.

Beside it `/account/billing/ask/`, for whoever paid but can't read: a button, and what Stripe says.
"""

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from billing.checkout.plans import offer_of
from billing.member_subscription import Holding, holding_of
from billing.stripe_api.errors import StripeProblem
from billing.sync.refresh import ask_stripe_again, refresh_quietly
from billing.tenant_billing import load_tenant
from billing.views.account import (
    AT_THE_PORTAL,
    MOST_CLICKS,
    holding_here,
    tenant_of,
    terms_of,
    to_account,
)
from billing.views.checkout import is_too_often
from krate_site.tenancy.sites import current_site
from membership.accounts.next_url import way_back
from membership.models import User

MOST_QUESTIONS = 30
NO_ANSWER = gettext_lazy(
    "The payment service can't be reached at the moment. Asking has charged nothing, and what you "
    "paid before isn't lost: Pro opens by itself as soon as we hear of it."
)


@never_cache
@require_GET
@login_required
def returned(request: HttpRequest) -> HttpResponseBase:
    """Bring the rows up to date when a member comes back from the portal, before they see them.

    What they did is told from the terms with which they left: the webhook may have come first.
    """
    before = request.session.pop(AT_THE_PORTAL, None) or terms_of(holding_here(request))
    if not is_too_often(request, "returned", at_most=MOST_CLICKS):
        refresh_quietly(tenant_of(request), cast(User, request.user))
    now = holding_here(request)
    if now and (words := words_for_changes(before, now)):
        messages.success(request, words)
    return to_account(request)


def words_for_changes(before: list[str], now: Holding) -> str:
    """Return what a member is told who cancelled, switched or changed their card, "" for nothing."""
    terms = terms_of(now)
    if terms[:1] != before[:1] or terms == before:
        return ""
    if now.is_ending and terms[1] != before[1]:
        return cancelled_words(now)
    if terms[2] != before[2]:
        return switched_words(now)
    return card_words(now) if terms[3:] != before[3:] else ""


def cancelled_words(holding: Holding) -> str:
    """Return what a member is told who has just cancelled: to which day they read on."""
    if holding.needs_payment:
        return _(
            "Your subscription is cancelled. The payment that failed is still open, and may be "
            "charged once more."
        )
    if not holding.ends_at:
        return _("Your subscription is cancelled. Nothing more is charged.")
    day = date_format(timezone.localtime(holding.ends_at), "DATE_FORMAT")
    return _(
        "Your subscription is cancelled. You read on until %(day)s; nothing more is charged."
    ) % {"day": day}


def switched_words(holding: Holding) -> str:
    """Return what a member is told who has just taken the other plan: what it costs from now on."""
    if holding.is_annual and holding.money:
        return _("You have switched to the annual plan: %(money)s a year.") % {
            "money": holding.money
        }
    if holding.is_monthly and holding.money:
        return _("You have switched to the monthly plan: %(money)s a month.") % {
            "money": holding.money
        }
    return _("Your plan is changed.")


def card_words(holding: Holding) -> str:
    """Return what a member is told who has just changed what he pays with."""
    if not holding.customer.card_last4:
        return ""
    return _("Your card is saved: %(brand)s ending in %(last_four)s.") % {
        "brand": holding.card_brand,
        "last_four": holding.customer.card_last4,
    }


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
