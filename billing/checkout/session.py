"""From a plan to Stripe's checkout page, so that one member ends with one subscription (rule B7)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import stripe
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from billing.checkout.customer import metadata_of, with_customer
from billing.checkout.lost_sessions import find_others, sessions_of
from billing.checkout.plans import Offer, Plan
from billing.member_subscription import Holding, checkouts_at, holding_of
from billing.models import CheckoutSession, Customer
from billing.stripe_api.client import language_of_pages, stripe_client
from billing.stripe_api.errors import (
    StripeObjectMissing,
    StripeRequestRefused,
    StripeUnreachable,
    stripe_problems,
)
from billing.stripe_api.idempotency import make_once
from billing.tenant_billing import load_tenant
from krate_site.tenancy.sites import absolute_url
from membership.models import User

if TYPE_CHECKING:
    from stripe.params.checkout import SessionCreateParams, SessionCreateParamsSubscriptionData

State = CheckoutSession.State

# Stripe keeps idempotency keys for at least 24 hours; an older attempt is begun anew.
# https://docs.stripe.com/api/idempotent_requests
KEY_IS_GOOD_FOR = timedelta(hours=23)


class CannotCheckOut(Exception):  # noqa: N818 - no error, but another way to go
    """This member is to go another way than to Checkout."""


class AlreadySubscribed(CannotCheckOut):
    """There is a subscription that isn't over: it is to be paid, resumed or changed instead."""

    def __init__(self, holding: Holding) -> None:
        super().__init__(holding.subscription.stripe_id)
        self.holding = holding


class AlreadyPaid(CannotCheckOut):
    """An earlier checkout of this member was completed, which isn't known here yet."""

    def __init__(self, session: CheckoutSession) -> None:
        super().__init__(session.stripe_id)
        self.session = session


class NoLongerSold(CannotCheckOut):
    """Meanwhile the tenant's billing was switched off."""


class Overtaken(CannotCheckOut):
    """Meanwhile the member chose another plan in another tab; that one goes on."""


@dataclass(frozen=True)
class Reservation:
    """The row to go on with, and those that must not be paid any more."""

    session: CheckoutSession
    superseded: list[CheckoutSession]


def checkout_url(offer: Offer, user: User, plan: Plan, *, return_to: str) -> str:
    """Return the address of Stripe's checkout page for this member and plan.

    Raises CannotCheckOut with the way to go instead, or StripeProblem, and then nothing was
    charged and nothing new can be paid.
    """
    client = stripe_client(offer.settings)
    return with_customer(
        offer.settings,
        user,
        client,
        lambda customer: _checkout_url(client, offer, customer, plan, return_to),
    )


def _checkout_url(
    client: stripe.StripeClient, offer: Offer, customer: Customer, plan: Plan, return_to: str
) -> str:
    session = the_only_one(client, reserve(offer, customer, plan, return_to=return_to))
    # Who switches billing off ends the rows that he finds; this one may be written since.
    if not load_tenant(offer.site).enabled:
        close_unmade(session)
        raise NoLongerSold
    if session.stripe_id:
        url = still_open(client, session)
        if url:
            return url
        session = the_only_one(client, reserve(offer, customer, plan, return_to=return_to))
    return open_at_stripe(client, offer, session)


def the_only_one(client: stripe.StripeClient, reservation: Reservation) -> CheckoutSession:
    """Return the row to go on with, once no other can be paid; raises AlreadyPaid, StripeProblem."""
    chosen = reservation.session
    for old in [*reservation.superseded, *find_others(client, chosen)]:
        retire(client, old)
    return chosen


def reserve(offer: Offer, customer: Customer, plan: Plan, *, return_to: str) -> Reservation:
    """Choose or write the row of this attempt, under the customer's lock.

    Two tabs, a double click and a retry find the same row, and with its key the same session.
    Raises CannotCheckOut.
    """
    user = customer.user
    assert user is not None  # noqa: S101 - made by customer_for, for a member
    terms = terms_for(offer, user)
    with transaction.atomic():
        Customer.objects.select_for_update().get(pk=customer.pk)
        held = holding_of(offer.tenant, user)
        if held:
            raise AlreadySubscribed(held)
        # The rows' own locks hold back whoever returns from Stripe with one of them just now: it
        # is either known here as open, and retired, or found closed there.
        of_member = checkouts_at(offer.tenant, user).select_for_update(of=("self",))
        paid = of_member.awaited().first()
        if paid:
            raise AlreadyPaid(paid)
        chosen: CheckoutSession | None = None
        superseded = []
        for row in of_member.begun().order_by("-pk"):
            fits = (row.customer_id, row.price_id, row.terms) == (customer.pk, plan.price_id, terms)
            if chosen is None and fits and timezone.now() - row.created_at < KEY_IS_GOOD_FOR:
                chosen = row
            elif row.stripe_id:
                superseded.append(row)
            else:
                close_unmade(row)
        if chosen is None:
            chosen = CheckoutSession.objects.create(
                site=offer.site,
                user=user,
                customer=customer,
                price_id=plan.price_id,
                terms=terms,
                return_to=return_to,
            )
        elif return_to:
            chosen.return_to = return_to
            chosen.save(update_fields=["return_to"])
    return Reservation(chosen, superseded)


def terms_for(offer: Offer, user: User) -> str:
    """Return the terms of a checkout as a short text, to compare with an earlier one's."""
    codes = int(offer.settings.allow_promotion_codes)
    return f"trial={offer.trial_days_for(user)} codes={codes}"


def open_at_stripe(client: stripe.StripeClient, offer: Offer, session: CheckoutSession) -> str:
    """Make the session at Stripe, write it down and return its address.

    After a time-out or an error of Stripe's the row stays, and the next click comes to the same
    session. Raises Overtaken, StripeProblem.
    """
    attempt = str(session.idempotency_key)
    try:
        made = make_once(
            f"checkout-{attempt}",
            lambda options: client.v1.checkout.sessions.create(parameters(offer, session), options),
            find=lambda: sessions_of(client, session.customer.stripe_id).get(attempt),
        )
    except (StripeRequestRefused, StripeUnreachable) as problem:
        if isinstance(problem, StripeRequestRefused):
            close_unmade(session)
        # Perhaps only because the other click of a double click is at it, or asked otherwise.
        session.refresh_from_db()
        if session.state == State.OPEN:
            return session.url
        raise
    if made.status == "complete":
        raise already_paid(session, made.id)
    begun = CheckoutSession.objects.begun().filter(pk=session.pk)
    written = begun.update(
        stripe_id=made.id,
        url=made.url or "",
        state=State.OPEN,
        expires_at=datetime.fromtimestamp(made.expires_at, UTC),
    )
    if not written:
        session.stripe_id = made.id
        retire(client, session)
        raise Overtaken
    return str(made.url)


def parameters(offer: Offer, session: CheckoutSession) -> "SessionCreateParams":
    """Return what Stripe is asked for: of the row alone, so that a retry asks the same.

    Source: https://docs.stripe.com/api/checkout/sessions/create
    """
    ours = metadata_of(offer.site, session.user_id)
    subscription_data: SessionCreateParamsSubscriptionData = {"metadata": ours}
    trial_days, codes = (int(term.split("=")[1]) for term in session.terms.split())
    if trial_days:
        subscription_data["trial_period_days"] = trial_days
    return {
        "mode": "subscription",
        "ui_mode": "hosted_page",
        "customer": session.customer.stripe_id,
        "client_reference_id": str(session.user_id),
        "line_items": [{"price": session.price_id, "quantity": 1}],
        "metadata": {**ours, "attempt": str(session.idempotency_key)},
        "subscription_data": subscription_data,
        "allow_promotion_codes": bool(codes),
        "locale": language_of_pages(),
        # Stripe fills in the id, and only where it is written like this.
        "success_url": absolute_url(offer.site, reverse("billing_success"))
        + "?session_id={CHECKOUT_SESSION_ID}",
        "cancel_url": absolute_url(offer.site, reverse("pro")),
    }


def still_open(client: stripe.StripeClient, session: CheckoutSession) -> str:
    """Return the address of an earlier session, "" where it is over; raises AlreadyPaid."""
    try:
        with stripe_problems():
            found = client.v1.checkout.sessions.retrieve(session.stripe_id)
    except StripeObjectMissing:
        close(session)
        return ""
    if found.status == "complete":
        raise already_paid(session, found.id)
    if found.status != "open" or not found.url:
        close(session)
        return ""
    return found.url


def already_paid(session: CheckoutSession, stripe_id: str) -> AlreadyPaid:
    """Return what to raise for a session that is paid; its row knows the id now."""
    session.stripe_id = stripe_id
    CheckoutSession.objects.filter(pk=session.pk).update(stripe_id=stripe_id)
    return AlreadyPaid(session)


def retire(client: stripe.StripeClient, session: CheckoutSession) -> None:
    """See to it that a session can't be paid any more; raises AlreadyPaid, StripeProblem."""
    try:
        with stripe_problems():
            client.v1.checkout.sessions.expire(session.stripe_id)
    except StripeRequestRefused:
        if still_open(client, session):
            raise
        return
    close(session)


def close_unmade(session: CheckoutSession) -> None:
    """Close a row of which no session is known yet.

    Whoever is making it finds this on his return, and retires it at Stripe.
    """
    CheckoutSession.objects.filter(pk=session.pk, state=State.CREATING, stripe_id="").update(
        state=State.EXPIRED
    )


def close(session: CheckoutSession) -> None:
    """Note that nothing can be paid by a row any more."""
    CheckoutSession.objects.begun().filter(pk=session.pk).update(state=State.EXPIRED)
