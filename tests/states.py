"""Every state that a reader can be in with a tenant's Pro plan, arranged by what Stripe has told of it.

The rows are those that Stripe's events leave behind; standing and reason are the product's own work.
"""

from collections.abc import Callable
from dataclasses import dataclass
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


@dataclass(frozen=True, kw_only=True)
class State:
    """A state, and the words that no other state has: of the wall ("" for none), `/pro/`, `/account/`.

    `masthead` is what that of a gated page offers, "" for nothing.
    """

    name: str
    arrange: Callable[[Shop, User], object]
    wall: str
    pro: str
    account: str
    masthead: str = ""
    is_visitor: bool = False
    stripe_is_away: bool = False


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


def pending(shop: Shop, user: User) -> None:
    """A bank debit is under way."""
    member(shop, user)
    subscription = subscribe(shop, user, "incomplete")
    CheckoutSession.objects.create(
        site=shop.site, user=user, customer=subscription.customer, stripe_id="cs_test_pending",
        price_id=shop.monthly.id, state=CheckoutSession.State.PENDING,
        subscription_id_at_stripe=subscription.stripe_id,
    )  # fmt: skip
    settle(subscription)


def began_to_pay(shop: Shop, user: User) -> None:
    """He was at the checkout, and what became of it isn't known here."""
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


STATES = (
    State(name="anonymous", arrange=lambda shop, user: None, is_visitor=True,
          wall="Create an account, choose monthly or annual", pro="Already a member?",
          account="Sign in to The Courier", masthead="Subscribe"),
    State(name="free", arrange=member, wall="Your account is ready", pro="You are signed in as",
          account="Pro opens every article: €9.00 a month, or €90.00 a year.",
          masthead="Subscribe"),
    State(name="trial", arrange=running("trialing"), wall="",
          pro="Your free trial of Pro is running", account="First charge"),
    State(name="monthly", arrange=running(), wall="", pro="Pro, monthly · €9.00 a month",
          account="Switch to annual"),
    State(name="annual", arrange=running(annual=True), wall="",
          pro="Pro, annual · €90.00 a year", account="Switch to monthly"),
    State(name="fixed-term", arrange=running(**TERM), wall="",
          pro="it renews by itself until the subscription ends on", account="Ends on"),
    State(name="to-be-cancelled", arrange=running(cancel_at_period_end=True), wall="",
          pro="Your Pro membership is set to end", account="Last day"),
    State(name="ended", arrange=ended("cancellation_requested"),
          wall="Your Pro membership has ended", pro="The subscription ended on",
          account="Renew Pro", masthead="Renew"),
    State(name="ended-unpaid", arrange=ended("payment_failed"),
          wall="Your Pro membership has ended", pro="because its payment failed for good",
          account="because its payment failed for good", masthead="Renew"),
    State(name="disputed", arrange=ended("payment_disputed"),
          wall="Your Pro membership has ended", pro="was disputed at the bank",
          account="was disputed at the bank", masthead="Renew"),
    State(name="past-due", arrange=past_due(), wall="", pro="access ends on",
          account="Your Pro membership waits for a payment", masthead="Pay"),
    State(name="past-due-grace-over", arrange=past_due(since=-18 * DAY),
          wall="A payment for your Pro membership failed", pro="Pro has stopped",
          account="Pro has stopped", masthead="Pay"),
    State(name="trial-declined", arrange=trial_declined,
          wall="A payment for your Pro membership failed", pro="The first charge failed",
          account="The first charge failed", masthead="Pay"),
    State(name="confirmation-needed", arrange=first_payment(asks=True),
          wall="Your bank asks you to confirm a payment", pro="Confirm the payment",
          account="Confirm the payment", masthead="Confirm"),
    State(name="incomplete", arrange=first_payment(asks=False),
          wall="Your first payment isn't completed", pro="so nothing was charged yet",
          account="so nothing was charged yet"),
    State(name="pending", arrange=pending, wall="Your payment is on its way",
          pro="Pro starts when the payment arrives", account="Pro starts when the payment arrives"),
    State(name="paused", arrange=running("paused"), wall="Your Pro membership is paused",
          pro="€9.00 is due now", account="€9.00 is due now"),
    State(name="paused-unpaid", arrange=paused_unpaid, wall="Your Pro membership is paused",
          pro="An invoice of €9.00 is to be paid first", account="Pay now"),
    State(name="complimentary", arrange=complimentary(), wall="", pro="as our guest",
          account="as our guest"),
    # Two things at once
    State(name="trial-for-a-term", arrange=running("trialing", **TERM), wall="",
          pro="Your free trial of Pro is running", account="Ends on"),
    State(name="past-due-in-a-term", arrange=past_due(**TERM), wall="",
          pro="Your Pro membership waits for a payment", account="Keep the subscription",
          masthead="Pay"),
    State(name="past-due-to-be-cancelled", arrange=past_due(cancel_at_period_end=True), wall="",
          pro="Your Pro membership waits for a payment", account="Last day", masthead="Pay"),
    State(name="past-due-and-asked", arrange=past_due(asks=True), wall="",
          pro="Your bank asks you to confirm a payment", account="Confirm the payment",
          masthead="Confirm"),
    State(name="paused-in-a-term", arrange=running("paused", **TERM),
          wall="Your Pro membership is paused", pro="€9.00 is due now",
          account="Resume the subscription"),
    State(name="collection-paused", arrange=running(collection_paused=True), wall="",
          pro="Pro, monthly · €9.00 a month", account="Cancel subscription"),
    State(name="complimentary-past-due", arrange=complimentary(past_due(since=-18 * DAY)), wall="",
          pro="as our guest", account="Pay now", masthead="Pay"),
    State(name="complimentary-ended", arrange=complimentary(ended("cancellation_requested")),
          wall="", pro="as our guest", account="Ended on"),
    State(name="billing-off", arrange=billing_off(member), wall="This page is for Pro members",
          pro="Nothing is sold here", account="You are a member"),
    State(name="billing-off-paying", arrange=billing_off(running()), wall="",
          pro="Nothing is sold here", account="Cancel subscription"),
    State(name="stripe-unreachable", arrange=began_to_pay, wall="Your account is ready",
          pro="The payment service can't be reached", account="The payment service can't be reached",
          masthead="Subscribe", stripe_is_away=True),
)  # fmt: skip
BY_NAME = {state.name: state for state in STATES}
