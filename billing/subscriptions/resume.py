"""Taking back a cancellation, waking up a paused subscription, and ending a fixed term early."""

from contextlib import suppress
from typing import TYPE_CHECKING

import stripe
from django.utils.translation import gettext_lazy as _

from billing.member_subscription import Holding
from billing.models import Subscription
from billing.stripe_api.client import stripe_client
from billing.stripe_api.errors import StripeRequestRefused, StripeUnreachable, stripe_problems
from billing.stripe_api.idempotency import make_once
from billing.subscriptions.stripe_pages import default_portal, payment_page
from billing.sync.retrieve import refresh_subscription
from billing.tenant_billing import TenantBilling

if TYPE_CHECKING:
    from stripe.params import SubscriptionResumeParams, SubscriptionUpdateParams


class ResumptionUnknown(StripeUnreachable):
    """Stripe was asked to resume, and to charge for it; what it did isn't known yet."""

    words = _(
        "The payment service doesn't answer at the moment. If your subscription is resumed you see "
        "it here within a few minutes. Trying again doesn't charge you twice."
    )


def resume_subscription(
    tenant: TenantBilling, holding: Holding, *, beyond_term: bool = False
) -> str:
    """Let a subscription go on at Stripe, as far as it does without the member.

    An end with the paid period is taken back; one that was agreed on for later only if the member
    asks for that (`beyond_term`), so that a second click on *Resume* never does. Returns Stripe's
    page where the member pays the invoice that it waits for, "" where there is none; what came of
    it the row says, which is read before, since it may not know yet that the subscription is
    cancelled or over, and after. Raises StripeProblem.

    Sources: https://docs.stripe.com/billing/subscriptions/cancel#reactivating-canceled-subscriptions
    and https://docs.stripe.com/billing/subscriptions/pause#resume-subscriptions
    """
    read(tenant, holding.subscription)
    if not holding.is_paused:
        keep(tenant, holding, beyond_term=beyond_term)
        return ""
    page = payment_page(tenant, holding.subscription)
    if page:
        return page
    try:
        return wake_up(tenant, holding)
    except StripeUnreachable as problem:
        raise ResumptionUnknown(str(problem), code=problem.code) from None


def read(tenant: TenantBilling, subscription: Subscription) -> None:
    """Bring the row in step with Stripe; raises StripeProblem."""
    refresh_subscription(tenant, subscription.stripe_id)
    subscription.refresh_from_db()


def wake_up(tenant: TenantBilling, holding: Holding) -> str:
    """Begin a new period of a paused subscription, and charge for it.

    Takes back an end within that period, too. Returns the page where the member pays the period, if
    it isn't paid by this. Raises StripeProblem.
    """
    subscription = holding.subscription
    client = stripe_client(tenant.settings)
    try:
        ask_to_resume(client, subscription, {"payment_behavior": "resume_on_payment_success"})
    except StripeRequestRefused:
        # The bank said no. Or Stripe didn't try: there is no card, or the subscription is of the
        # older kind (billing mode `classic`); then the default has it make the invoice and charge
        # nothing. Or another tab was first, which refuses both.
        if not payment_page(tenant, subscription):
            with suppress(StripeRequestRefused):
                ask_to_resume(client, subscription, {})
    read(tenant, subscription)
    if holding.is_paused:
        return payment_page(tenant, subscription)
    keep(tenant, holding)
    return ""


def ask_to_resume(
    client: stripe.StripeClient, subscription: Subscription, params: "SubscriptionResumeParams"
) -> None:
    """Have Stripe resume it, once for each state that it is known in; raises StripeProblem.

    Two clicks know the same version of it, and so send the same key.
    """
    how = params.get("payment_behavior", "resume")
    make_once(
        f"{how}-{subscription.stripe_id}-{subscription.version}",
        lambda options: client.v1.subscriptions.resume(subscription.stripe_id, params, options),
    )


def keep(tenant: TenantBilling, holding: Holding, *, beyond_term: bool = False) -> None:
    """Take back the end that a subscription is set to; raises StripeProblem."""
    subscription = holding.subscription
    if not (holding.is_ending or (holding.is_fixed_term and beyond_term)):
        return
    # By the flag, or by the date that the portal sets: by whichever it was set.
    params: SubscriptionUpdateParams = {"cancel_at": ""}
    if subscription.cancel_at_period_end:
        params = {"cancel_at_period_end": False}
    client = stripe_client(tenant.settings)
    with stripe_problems():
        client.v1.subscriptions.update(subscription.stripe_id, params)
    read(tenant, subscription)


def end_with_period(tenant: TenantBilling, holding: Holding) -> bool:
    """Let a fixed term end with the paid period; return whether it does. Raises StripeProblem.

    A paused one has no paid period left, so it ends at once. Only where the tenant's portal lets
    members cancel. It is read first, as above.
    """
    client = stripe_client(tenant.settings)
    portal = default_portal(client)
    if portal is None or not portal.features.subscription_cancel.enabled:
        return False
    stripe_id = holding.subscription.stripe_id
    read(tenant, holding.subscription)
    if not holding.is_fixed_term:
        return False
    with stripe_problems():
        if holding.is_paused:
            client.v1.subscriptions.cancel(stripe_id)
        else:
            client.v1.subscriptions.update(stripe_id, {"cancel_at_period_end": True})
    return True
