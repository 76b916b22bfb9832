"""How a reader comes into a state at a tenant: the rows that Stripe's events leave behind.

Standing and reason are the product's own work.
"""

from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone

from billing.models import (
    CheckoutSession,
    Customer,
    Invoice,
    Subscription,
    SubscriptionItem,
    TenantFeatures,
)
from billing.sync.settle import books_of
from billing.tenant_billing import load_tenant
from membership.models import Membership, User
from tests.selling import Shop

DAY = timedelta(days=1)
PAID, NEXT = -10 * DAY, 20 * DAY
# Paid by the month for eleven months more.
TERM = {"cancel_at": timezone.now() + NEXT + 335 * DAY}


def subscribe(shop: Shop, user: User, status: str, *, annual: bool = False, **columns: object):
    """Give the member a subscription in this status, 10 days into its month (or year)."""
    now = timezone.now()
    starts, ends = now + PAID, now + (355 * DAY if annual else NEXT)
    customer = Customer.objects.create(
        site=shop.site, user=user, stripe_id=f"cus_{user.pk}", default_payment_method_id="pm_1",
        cards={"pm_1": {"brand": "visa", "last4": "4242", "event": 0}},
    )  # fmt: skip
    subscription = Subscription.objects.create(
        site=shop.site, customer=customer, stripe_id=f"sub_1Rk{user.pk:021d}", status=status,
        status_at_stripe=status, current_period_start=starts, current_period_end=ends,
        **columns,
    )  # fmt: skip
    price = shop.annual if annual else shop.monthly
    SubscriptionItem.objects.create(
        subscription=subscription, stripe_id="si_1", price_id=price.id, product_id=shop.product.id,
        unit_amount=price.unit_amount, currency="eur", interval="year" if annual else "month",
        current_period_start=starts, current_period_end=ends,
    )  # fmt: skip
    return subscription


def invoice(
    subscription: Subscription,
    status: str,
    *,
    created: timedelta = PAID,
    reason: str = "subscription_cycle",
    failed: bool = False,
    asks: bool = False,
    amount: int | None = None,
) -> Invoice:
    """Add an invoice of the subscription, made at a time from now."""
    at = timezone.now() + created
    seconds = int(at.timestamp())
    amount = subscription.items.get().unit_amount if amount is None else amount
    count = Invoice.objects.count() + 1
    return Invoice.objects.create(
        site=subscription.site, customer=subscription.customer, stripe_id=f"in_{count}",
        subscription_id_at_stripe=subscription.stripe_id, number=f"KRATE-{count:04}",
        status=status, billing_reason=reason, total=amount, amount_due=amount, currency="eur",
        created=at, period_start=at, attempted=failed or asks,
        first_failed_event=seconds if failed else 0, failed_event=seconds if failed else 0,
        action_required_event=seconds if asks else 0,
    )  # fmt: skip


def settle(subscription: Subscription) -> None:
    """Let the product work out what the rows come to, telling nobody."""
    with books_of(load_tenant(subscription.site), subscription.customer.stripe_id, quiet=True):
        pass


def member(shop: Shop, user: User) -> Membership:
    return Membership.objects.get_or_create(site=shop.site, user=user)[0]


def running(status: str = "active", **columns: object) -> Callable[[Shop, User], object]:
    """Return how to arrange a subscription that has been paid for."""

    def arrange(shop: Shop, user: User) -> None:
        member(shop, user)
        subscription = subscribe(shop, user, status, **columns)
        if status != "trialing":
            invoice(subscription, "paid")
        settle(subscription)

    return arrange


def ended(why: str) -> Callable[[Shop, User], object]:
    """Return how to arrange a subscription that ended five days ago, for one of Stripe's reasons."""

    def arrange(shop: Shop, user: User) -> None:
        running("canceled", ended_at=timezone.now() - 5 * DAY, cancellation_reason=why)(shop, user)

    return arrange


def past_due(
    *, since: timedelta = -2 * DAY, asks: bool = False, **columns: object
) -> Callable[[Shop, User], object]:
    """Return how to arrange a renewal that failed, two days ago or when the grace is over by now."""

    def arrange(shop: Shop, user: User) -> None:
        member(shop, user)
        subscription = subscribe(shop, user, "past_due", **columns)
        invoice(subscription, "paid", created=since - 30 * DAY)
        invoice(subscription, "open", created=since, failed=True, asks=asks)
        settle(subscription)

    return arrange


def trial_declined(shop: Shop, user: User) -> None:
    """A trial ended yesterday, its first charge was declined, and Stripe has no payment."""
    member(shop, user)
    subscription = subscribe(shop, user, "past_due", trial_end=timezone.now() - DAY)
    invoice(subscription, "paid", created=-8 * DAY, reason="subscription_create", amount=0)
    failed = invoice(subscription, "open", created=-DAY, failed=True)
    subscription.never_paid_before = failed.stripe_id
    subscription.save()
    settle(subscription)


def first_payment(*, asks: bool) -> Callable[[Shop, User], object]:
    """Return how to arrange a first payment that was declined, or that the bank wants confirmed."""

    def arrange(shop: Shop, user: User) -> None:
        member(shop, user)
        subscription = subscribe(shop, user, "incomplete")
        invoice(
            subscription, "open", created=-DAY / 24, reason="subscription_create",
            failed=not asks, asks=asks,
        )  # fmt: skip
        settle(subscription)

    return arrange


def debit_under_way(status: str, **columns: object) -> Callable[[Shop, User], object]:
    """Return how to arrange a first payment by a bank debit, whatever Stripe says meanwhile."""

    def arrange(shop: Shop, user: User) -> None:
        member(shop, user)
        subscription = subscribe(shop, user, status, **columns)
        CheckoutSession.objects.create(
            site=shop.site, user=user, customer=subscription.customer,
            stripe_id=f"cs_test_pending_{user.pk}",
            price_id=shop.monthly.id, state=CheckoutSession.State.PENDING,
            subscription_id_at_stripe=subscription.stripe_id,
        )  # fmt: skip
        settle(subscription)

    return arrange


def began_to_pay(shop: Shop, user: User) -> None:
    """They were at the checkout, and what became of it isn't known here."""
    member(shop, user)
    customer = Customer.objects.create(site=shop.site, user=user, stripe_id=f"cus_{user.pk}")
    CheckoutSession.objects.create(
        site=shop.site, user=user, customer=customer, stripe_id="cs_test_open",
        price_id=shop.monthly.id, state=CheckoutSession.State.OPEN,
    )  # fmt: skip


def paused_unpaid(shop: Shop, user: User) -> None:
    """What was to be charged when it was resumed wasn't."""
    member(shop, user)
    subscription = subscribe(shop, user, "paused")
    invoice(subscription, "paid")
    invoice(subscription, "open")
    settle(subscription)


def complimentary(
    otherwise: Callable[[Shop, User], object] = member,
) -> Callable[[Shop, User], object]:
    """Return how to arrange the same member with complimentary access."""

    def arrange(shop: Shop, user: User) -> None:
        otherwise(shop, user)
        until = timezone.now() + 60 * DAY
        Membership.objects.filter(site=shop.site, user=user).update(complimentary_until=until)

    return arrange


def billing_off(arrange: Callable[[Shop, User], object]) -> Callable[[Shop, User], object]:
    """Return how to arrange the same where a platform administrator then switched billing off."""

    def arrange_and_switch_off(shop: Shop, user: User) -> None:
        arrange(shop, user)
        TenantFeatures.objects.filter(site=shop.site).update(billing_enabled=False)

    return arrange_and_switch_off
