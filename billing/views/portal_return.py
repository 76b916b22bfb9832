"""Coming back from the portal: the rows are brought up to date, and what was done there is confirmed."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from billing.member_subscription import Holding
from billing.sync.refresh import refresh_quietly
from billing.tenant_billing import load_tenant
from billing.views.account import AT_THE_PORTAL, holding_here, terms_of
from billing.views.responses import is_too_often, to_account
from krate_site.formats import write_time
from krate_site.tenancy.sites import current_site
from membership.models import User


@never_cache
@require_GET
@login_required
def returned(request: HttpRequest) -> HttpResponseBase:
    """Bring the rows up to date when a member comes back from the portal, before they see them.

    What they did is told from the terms with which they left: the webhook may have come first.
    """
    tenant, user = load_tenant(current_site(request)), cast(User, request.user)
    before = request.session.pop(AT_THE_PORTAL, None) or terms_of(holding_here(tenant, user))
    if not is_too_often(request, "returned"):
        refresh_quietly(tenant, user)
    now = holding_here(tenant, user)
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
    day = write_time(holding.ends_at)
    return _(
        "Your subscription is cancelled. You read on until %(day)s; nothing more is charged."
    ) % {"day": day}


def switched_words(holding: Holding) -> str:
    """Return what a member is told who has just taken the other plan: what it costs from now on."""
    price = str(holding.price)
    if holding.is_annual and price:
        return _("You have switched to the annual plan: %(price)s.") % {"price": price}
    if holding.is_monthly and price:
        return _("You have switched to the monthly plan: %(price)s.") % {"price": price}
    return _("Your plan is changed.")


def card_words(holding: Holding) -> str:
    """Return what a member is told who has just changed what he pays with."""
    if not holding.customer.card_last4:
        return ""
    return _("Your card is saved: %(brand)s ending in %(last_four)s.") % {
        "brand": holding.card_brand,
        "last_four": holding.customer.card_last4,
    }
