"""A member deletes their account: what is running is cancelled at Stripe first, or nothing is (rule B11)."""

import logging

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.checkout.session import AlreadyPaid, close, close_unmade, retire
from billing.models import CheckoutSession, Customer, Subscription
from billing.stripe_api.client import Patience, stripe_client
from billing.stripe_api.errors import (
    BillingNotConfigured,
    StripeKeysRefused,
    StripeObjectMissing,
    StripeProblem,
    StripeRequestRefused,
    stripe_problems,
)
from billing.subscription_status import STATUSES
from billing.sync.retrieve import refresh_subscription, refresh_unknown
from billing.tenant_billing import TenantBilling, load_tenant
from membership.billing_provider import CannotDeleteError
from membership.models import User

logger = logging.getLogger(__name__)


def cancel_before_deletion(user: User) -> None:
    """End whatever this person could still be charged for, at every tenant.

    Cancelling again what is cancelled does no harm, so a second try goes on where the first one
    stopped. Raises CannotDeleteError with words for the person.
    """
    try:
        begun = CheckoutSession.objects.begun().filter(user=user)
        for session in begun.select_related("site"):
            end_checkout(load_tenant(session.site), session)
        for customer in Customer.objects.current(user).select_related("site"):
            bring_in(load_tenant(customer.site), customer)
        for subscription in charged_to(user):
            end_subscription(load_tenant(subscription.site), subscription)
    except StripeProblem as problem:
        logger.warning("An account can't be deleted yet: %s", type(problem).__name__)
        raise CannotDeleteError(
            _(
                "Your subscription couldn't be cancelled at the payment service, so nothing was "
                "deleted and nothing was charged. Please try again in a few minutes."
            )
        ) from None
    except AlreadyPaid:
        raise CannotDeleteError(
            _(
                "You have just paid for Pro, which isn't known here yet. Look at your account "
                "first, then delete it."
            )
        ) from None


def charged_to(user: User) -> list[Subscription]:
    """Return what this person goes on being charged for, at all tenants (rule B11)."""
    rows = Subscription.objects.charged().filter(customer__user=user).select_related("site")
    return [row for row in rows if row.livemode or load_tenant(row.site).counts(livemode=False)]


def charged_at(tenant: TenantBilling) -> QuerySet[Subscription]:
    """Return what a tenant's members go on being charged for: real money whatever the keys are."""
    rows = Subscription.objects.charged().filter(site=tenant.site)
    return rows if tenant.counts(livemode=False) else rows.filter(livemode=True)


def bring_in(tenant: TenantBilling, customer: Customer) -> None:
    """Read what runs for a customer and was never told here, or it would be charged for ever.

    Where the tenant's keys are of the other mode or don't serve any more nothing can be found, and
    nothing is charged by them either; what is known to run still has to be ended. Raises
    StripeProblem.
    """
    if not tenant.counts(customer.livemode):
        return
    try:
        client = stripe_client(tenant.settings)
        with stripe_problems():
            listed = client.v1.subscriptions.list(
                {"customer": customer.stripe_id, "limit": 100}
            ).auto_paging_iter()
            stripe_ids = [one.id for one in listed]
    except (BillingNotConfigured, StripeKeysRefused, StripeObjectMissing) as problem:
        logger.info("%s wasn't looked up: %s", customer.stripe_id, type(problem).__name__)
        return
    refresh_unknown(tenant, stripe_ids)


def end_checkout(
    tenant: TenantBilling, session: CheckoutSession, *, wait: Patience = "person"
) -> None:
    """See to it that nothing can be paid by a checkout any more; raises AlreadyPaid, StripeProblem."""
    close_unmade(session)
    session.refresh_from_db()
    if not session.stripe_id:
        return
    try:
        retire(stripe_client(tenant.settings, wait=wait), session)
    except (BillingNotConfigured, StripeKeysRefused):
        # By such keys nobody can ask; but Stripe closes each session by itself.
        if session.expires_at is None or session.expires_at > timezone.now():
            raise
        close(session)


def end_subscription(tenant: TenantBilling, subscription: Subscription) -> None:
    """Cancel a subscription at Stripe at once, and write down what came of it; raises StripeProblem."""
    cancel_at_once(tenant, subscription)
    refresh_subscription(tenant, subscription.stripe_id)


def cancel_at_once(tenant: TenantBilling, subscription: Subscription) -> None:
    """Have Stripe end a subscription, or find that it is over; raises StripeProblem."""
    client = stripe_client(tenant.settings)
    try:
        with stripe_problems():
            client.v1.subscriptions.cancel(subscription.stripe_id)
    except StripeRequestRefused:
        # Perhaps it is over at Stripe already.
        with stripe_problems():
            found = client.v1.subscriptions.retrieve(subscription.stripe_id)
        if not STATUSES[found.status].is_final:
            raise
