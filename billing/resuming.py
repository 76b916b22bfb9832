"""Taking back a cancellation, waking up a paused subscription, and ending a fixed term early."""

from contextlib import suppress
from typing import TYPE_CHECKING

import stripe
from django.utils.translation import gettext_lazy as _

from billing.checks import default_portal
from billing.client import stripe_client
from billing.errors import StripeRequestRefused, StripeUnreachable, stripe_problems
from billing.idempotency import make_once
from billing.invoices import payment_page
from billing.models import Subscription
from billing.status import Status
from billing.sync.readings import refresh_subscription
from billing.tenant import Tenant

if TYPE_CHECKING:
    from stripe.params import SubscriptionResumeParams, SubscriptionUpdateParams


class ResumptionUnknown(StripeUnreachable):
    """Stripe was asked to resume, and to charge for it; what it did isn't known yet."""

    words = _(
        "The payment service doesn't answer at the moment. If your subscription is resumed you see "
        "it here within a few minutes. Trying again doesn't charge you twice."
    )


def resume_subscription(tenant: Tenant, subscription: Subscription) -> str:
    """Let a subscription go on at Stripe, as far as it does without the member.

    Returns Stripe's page where the member pays the invoice that it waits for, "" where there is
    none; what came of it the row says, which is read before, since it may not know yet that the
    subscription is cancelled or over, and after. Raises StripeProblem.

    Sources: https://docs.stripe.com/billing/subscriptions/cancel#reactivating-canceled-subscriptions
    and https://docs.stripe.com/billing/subscriptions/pause#resume-subscriptions
    """
    read(tenant, subscription)
    was_paused = subscription.status == Status.PAUSED
    if was_paused:
        page = payment_page(tenant, subscription) or wake_up(tenant, subscription)
        if page or subscription.status == Status.PAUSED:
            return page
    end = subscription.cancellation
    # Whoever wakes up a fixed term keeps its end; whoever presses *Keep the subscription* doesn't.
    is_taken_back = end.is_with_period if was_paused else end.is_set
    if is_taken_back and not subscription.is_final:
        client = stripe_client(tenant.settings)
        with stripe_problems():
            client.v1.subscriptions.update(subscription.stripe_id, keeping(subscription))
        read(tenant, subscription)
    return ""


def read(tenant: Tenant, subscription: Subscription) -> None:
    """Bring the row in step with Stripe; raises StripeProblem."""
    refresh_subscription(tenant, subscription.stripe_id)
    subscription.refresh_from_db()


def wake_up(tenant: Tenant, subscription: Subscription) -> str:
    """Begin a new period of a paused subscription, and charge for it.

    Returns the page where the member pays it, if it isn't paid by this. Raises StripeProblem.
    """
    client = stripe_client(tenant.settings)
    try:
        try:
            ask_to_resume(client, subscription, {"payment_behavior": "resume_on_payment_success"})
        except StripeRequestRefused:
            # The bank said no. Or Stripe didn't try: there is no card, or the subscription is of
            # the older kind (billing mode `classic`); then the default has it make the invoice
            # and charge nothing. Or another tab was first, which refuses both.
            if not payment_page(tenant, subscription):
                with suppress(StripeRequestRefused):
                    ask_to_resume(client, subscription, {})
        read(tenant, subscription)
        return payment_page(tenant, subscription) if subscription.status == Status.PAUSED else ""
    except StripeUnreachable as problem:
        raise ResumptionUnknown(str(problem), code=problem.code) from None


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


def keeping(subscription: Subscription) -> "SubscriptionUpdateParams":
    """Return what takes the cancellation back: by the flag, or by the date that the portal sets."""
    if subscription.cancel_at_period_end:
        return {"cancel_at_period_end": False}
    return {"cancel_at": ""}


def end_with_period(tenant: Tenant, subscription: Subscription) -> bool:
    """Let a fixed term end with the paid period; return whether it does. Raises StripeProblem.

    Only where the tenant's portal lets members cancel. It is read first, like above.
    """
    client = stripe_client(tenant.settings)
    portal = default_portal(client)
    if portal is None or not portal.features.subscription_cancel.enabled:
        return False
    read(tenant, subscription)
    if subscription.is_final or not subscription.cancellation.is_fixed_term:
        return False
    with stripe_problems():
        client.v1.subscriptions.update(subscription.stripe_id, {"cancel_at_period_end": True})
    return True
