"""`/pro/`: what Pro gives, what it costs, and the one button that fits the reader's state."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from billing.errors import StripeProblem
from billing.holding import Holding, holding_of
from billing.models import CheckoutSession
from billing.offer import Offer, offer_of
from billing.way_back import way_back
from krate_site.tenancy.sites import current_site
from membership.models import User
from membership.sessions import membership_of


@dataclass(frozen=True)
class Buyer:
    """What `/pro/` must know of the reader: nobody, a member, or one who holds a subscription."""

    user: User | None
    holding: Holding | None
    is_complimentary: bool = False
    payment_is_pending: bool = False

    @property
    def may_choose(self) -> bool:
        return not self.holding and not self.payment_is_pending


@never_cache
@require_GET
def pro(request: HttpRequest) -> HttpResponse:
    """Show the plans; asks local rows only, so it works while Stripe doesn't."""
    return plan_page(request, offer_or_404(request))


def offer_or_404(request: HttpRequest) -> Offer:
    """Return what the host's tenant sells; where nothing is sold there is no such page."""
    offer = offer_of(current_site(request))
    if offer is None:
        raise Http404("Nothing is sold here.")
    return offer


def plan_page(
    request: HttpRequest,
    offer: Offer,
    *,
    problem: StripeProblem | None = None,
    unknown_plan: bool = False,
    status: int = 200,
) -> HttpResponse:
    """Return the plan page, with what went wrong on it where something did."""
    buyer = buyer_of(request, offer)
    trial_days = offer.trial_days_for(buyer.user)
    next_url = way_back(request)
    context: dict[str, Any] = {
        "offer": offer,
        "monthly": offer.plans.get("monthly"),
        "annual": offer.plans.get("annual"),
        "trial_days": trial_days,
        "first_charge": timezone.now() + timedelta(days=trial_days),
        "buyer": buyer,
        "holding": buyer.holding,
        "next_url": next_url,
        "sign_up_url": sign_up_url(next_url),
        "problem": problem.words if problem else "",
        "unknown_plan": unknown_plan,
    }
    return render(request, "billing/pro.html", context, status=status)


def buyer_of(request: HttpRequest, offer: Offer) -> Buyer:
    """Return what is known of the reader."""
    if not isinstance(request.user, User):
        return Buyer(None, None)
    user = request.user
    pending = CheckoutSession.objects.filter(
        site=offer.site,
        user=user,
        state=CheckoutSession.State.PENDING,
        customer__livemode=offer.livemode,
    )
    membership = membership_of(request)
    until = membership.complimentary_until if membership else None
    return Buyer(
        user,
        holding_of(offer.site, user),
        is_complimentary=until is not None and until > timezone.now(),
        payment_is_pending=pending.exists(),
    )


def sign_up_url(next_url: str) -> str:
    """Return where a visitor makes his account, to come back to the plans and then to his article."""
    back = reverse("pro")
    if next_url:
        back = f"{back}?{urlencode({'next': next_url})}"
    return f"{reverse('account_signup')}?{urlencode({'next': back})}"
