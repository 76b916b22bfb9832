""" "I paid, but I can't read": asks Stripe about everything of a member, and says what it found."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from billing.member_subscription import (
    FirstStep,
    checkouts_at,
    customers_at,
    holding_of,
    is_payment_on_its_way,
)
from billing.models import CheckoutSession
from billing.stripe_api.errors import StripeObjectMissing, suppress_stripe_problem
from billing.sync.retrieve import refresh_checkout_session, refresh_customer
from billing.tenant_billing import TenantBilling
from membership.accounts.sessions import membership_at
from membership.models import User
from membership.states import CurrentStanding, Step

logger = logging.getLogger(__name__)
State = CheckoutSession.State

# The newest of each are enough: who paid did so just now.
MOST_SESSIONS = 3


ALREADY_PRO = _("We asked the payment service: you are Pro. Enjoy reading.")
NOTHING_BOUGHT = _("You haven't bought anything here with this account yet.")
# What a member is told whose payment is on its way, or whose state leads this way on.
ANSWERS: Mapping[Step | Literal["wait"], str | Promise] = {
    "wait": _(
        "We asked the payment service: your payment is on its way. Pro starts when it arrives."
    ),
    "pay": _(
        "We asked the payment service: it has your subscription, but its payment hasn't gone "
        "through. Pro is open as soon as it has."
    ),
    "resume": _("We asked the payment service: your subscription is paused there."),
    "buy": _(
        "We asked the payment service: it has no payment for Pro by this account. If you paid with "
        "another address, sign in with that one."
    ),
}


@dataclass(frozen=True)
class Answer:
    """What asking came to: how the member stands, in words, and what they can do next.

    Before a paused subscription is resumed, `first_step` may be to pay what it owes.
    """

    step: Step | Literal["read", "wait"]
    words: str | Promise
    current: CurrentStanding | None
    first_step: FirstStep = ""


def ask_stripe_again(tenant: TenantBilling, user: User) -> Answer:
    """Bring all of a member's rows in step with Stripe; raises StripeProblem."""
    asked = 0
    for session in unfinished(tenant, user):
        asked += 1
        try:
            refresh_checkout_session(tenant, session.stripe_id)
        except StripeObjectMissing:
            logger.info("Stripe knows no checkout %s.", session.stripe_id)
    for customer in customers_at(tenant, user):
        asked += 1
        try:
            refresh_customer(tenant, customer.stripe_id)
        except StripeObjectMissing:
            logger.info("Stripe knows no customer %s.", customer.stripe_id)
    return answer_for(tenant, user, asked=asked)


def unfinished(tenant: TenantBilling, user: User) -> list[CheckoutSession]:
    """Return the member's newest checkouts of which the end isn't known."""
    of_member = checkouts_at(tenant, user).exclude(stripe_id="")
    wanted = of_member.filter(state=State.OPEN) | of_member.awaited()
    return list(wanted.order_by("-pk")[:MOST_SESSIONS])


def answer_for(tenant: TenantBilling, user: User, *, asked: int) -> Answer:
    """Return what the rows say now; of something else than Pro what account and plans offer."""
    membership = membership_at(tenant.site, user)
    current = membership.standing_at(timezone.now()) if membership else None
    if current and current.is_pro:
        return Answer("read", ALREADY_PRO, current)
    if not asked:
        return Answer("buy", NOTHING_BOUGHT, current)
    holding = holding_of(tenant, user)
    if is_payment_on_its_way(tenant, user, holding, current):
        return Answer("wait", ANSWERS["wait"], current)
    step: Step = current.state.step if current else "buy"
    if step == "buy" and holding:
        step = holding.step
    first: FirstStep = step if step != "buy" else ""
    if step == "resume" and holding and holding.first_step() == "pay":
        first = "pay"
    return Answer(step, ANSWERS[step], current, first)


def refresh_quietly(tenant: TenantBilling, user: User) -> None:
    """Do the same for a page that can do without it; the webhooks will tell it too."""
    with suppress_stripe_problem("A member's rows weren't refreshed", level=logging.INFO):
        ask_stripe_again(tenant, user)
