"""Taking back a cancellation, and waking up a paused subscription."""

from typing import TYPE_CHECKING

from billing.client import stripe_client
from billing.errors import stripe_problems
from billing.models import Subscription
from billing.status import Status
from billing.sync.readings import refresh_subscription
from billing.tenant import Tenant

if TYPE_CHECKING:
    from stripe.params import SubscriptionUpdateParams


def resume_subscription(tenant: Tenant, subscription: Subscription) -> bool:
    """Let a subscription go on at Stripe; return whether it does. Raises StripeProblem.

    It is read first: the row may not know yet that it is cancelled there, or over.

    Sources: https://docs.stripe.com/billing/subscriptions/cancel#reactivating-canceled-subscriptions
    and https://docs.stripe.com/api/subscriptions/resume
    """
    client = stripe_client(tenant.settings)
    stripe_id = subscription.stripe_id
    refresh_subscription(tenant, stripe_id)
    subscription.refresh_from_db()
    if subscription.is_final:
        return False
    with stripe_problems():
        if subscription.status == Status.PAUSED:
            client.v1.subscriptions.resume(stripe_id)
        elif subscription.is_set_to_cancel:
            client.v1.subscriptions.update(stripe_id, keeping(subscription))
    refresh_subscription(tenant, stripe_id)
    return True


def keeping(subscription: Subscription) -> "SubscriptionUpdateParams":
    """Return what takes the cancellation back: by the flag, or by the date that the portal sets."""
    if subscription.cancel_at_period_end:
        return {"cancel_at_period_end": False}
    return {"cancel_at": ""}
