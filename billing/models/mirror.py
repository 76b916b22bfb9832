"""What Stripe knows, kept in step: subscriptions with items, invoices.

Stripe's ids are unique per site, never globally: two tenants may share a Stripe account.
Every `…_event` is an event's own `created` (seconds since 1970) and is compared with such times
only, never with our clock (rule W4).
"""

from datetime import UTC, datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from wagtail.models import Site

from billing.models.customers import Customer
from billing.stripe_ids import LIVE_PUBLISHABLE
from billing.subscription_status import STATUSES, Status, statuses


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def live(self) -> "SubscriptionQuerySet":
        """Return those that aren't final: one of them is enough to refuse another (rule B7)."""
        return self.exclude(status__in=statuses(is_final=True))

    def charged(self) -> "SubscriptionQuerySet":
        """Return what members go on being charged for until somebody cancels it (rule B11).

        Nobody is for what was bought with test keys before the tenant went live (R28); where a
        tenant has a secret key alone, only `TenantBilling.modes` can tell.
        """
        tried = Q(
            livemode=False, site__billingsettings__publishable_key__startswith=LIVE_PUBLISHABLE
        )
        return self.live().filter(customer__user__isnull=False).exclude(tried)


class Subscription(models.Model):
    """A subscription at Stripe, and all that is known of the order of its events.

    A `deleted` for an unknown id leaves a row that is final from the start (a tombstone).
    """

    Status = Status

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="subscriptions")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="subscriptions")
    stripe_id = models.CharField(max_length=255)
    # No `choices`: a status that Stripe invents tomorrow is stored as it is, and grants nothing.
    # `status` also counts what its invoices and its customer say; `status_at_stripe` is the last
    # that Stripe said of the subscription itself (see `billing.subscription_status`).
    status = models.CharField(max_length=30)
    status_at_stripe = models.CharField(max_length=30)
    livemode = models.BooleanField(default=False)
    started_at = models.DateTimeField(null=True)
    current_period_start = models.DateTimeField(null=True)
    current_period_end = models.DateTimeField(null=True)
    trial_end = models.DateTimeField(null=True)
    cancel_at_period_end = models.BooleanField(default=False)
    cancel_at = models.DateTimeField(null=True)
    canceled_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    # Stripe's word for why it was cancelled: by request, or for a payment that failed or is disputed.
    cancellation_reason = models.CharField(max_length=40, blank=True)
    collection_paused = models.BooleanField(default=False)
    latest_invoice_id = models.CharField(max_length=255, blank=True)
    default_payment_method_id = models.CharField(max_length=255, blank=True)
    last_event = models.BigIntegerField(default=0)
    # The last time at which it was known to be paid for: failures before it are history.
    last_paid_event = models.BigIntegerField(default=0)
    # It was read from Stripe after all events up to this time.
    read_up_to = models.BigIntegerField(default=0)
    # That reading told what no event has told yet, so the next event may be older than it.
    read_ahead = models.BooleanField(default=False)
    # The newest unpaid invoice when Stripe was asked and had no paid one above zero; else empty.
    never_paid_before = models.CharField(max_length=255, blank=True, default="", db_default="")
    # What was told doesn't say how it stands: read it from Stripe after the commit.
    needs_sync = models.BooleanField(default=False)
    # Counts changes: a reading from Stripe holds only where nothing changed since it began.
    version = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = SubscriptionQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["site", "stripe_id"], name="one_subscription_per_site")
        ]
        indexes: ClassVar = [
            models.Index(fields=["site", "status"]),
            models.Index(
                fields=["site", "needs_sync"], condition=Q(needs_sync=True), name="to_sync"
            ),
        ]

    def __str__(self) -> str:
        return self.stripe_id

    @property
    def is_final(self) -> bool:
        """Nothing can bring it back to life."""
        return STATUSES[self.status].is_final


class SubscriptionItem(models.Model):
    """One line of a subscription: a price, its product, and since 2025 the paid period."""

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="items")
    stripe_id = models.CharField(max_length=255)
    price_id = models.CharField(max_length=255)
    product_id = models.CharField(max_length=255)
    quantity = models.PositiveIntegerField(default=1)
    unit_amount = models.BigIntegerField(null=True, help_text="In the currency's smallest unit.")
    currency = models.CharField(max_length=3, blank=True)
    interval = models.CharField(max_length=10, blank=True)
    interval_count = models.PositiveSmallIntegerField(default=1)
    current_period_start = models.DateTimeField(null=True)
    current_period_end = models.DateTimeField(null=True)

    wagtail_reference_index_ignore = True

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subscription", "stripe_id"], name="one_item_per_subscription"
            )
        ]

    def __str__(self) -> str:
        return self.stripe_id


class Invoice(models.Model):
    """An invoice as the member's list shows it; links expire, so they are asked of Stripe on the click."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="invoices")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="invoices")
    stripe_id = models.CharField(max_length=255)
    subscription_id_at_stripe = models.CharField(max_length=255, blank=True)
    number = models.CharField(max_length=100, blank=True)
    # Stripe's: draft, open, paid, uncollectible, void.
    status = models.CharField(max_length=20)
    billing_reason = models.CharField(max_length=40, blank=True)
    total = models.BigIntegerField(default=0, help_text="In the currency's smallest unit.")
    amount_due = models.BigIntegerField(default=0)
    amount_paid = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3, blank=True)
    created = models.DateTimeField()
    # The start of the period that it bills for; empty where it bills for none.
    period_start = models.DateTimeField(null=True)
    attempted = models.BooleanField(default=False)
    last_event = models.BigIntegerField(default=0)
    # Attempts to charge it: the first that failed, the last, and the last that asks the member.
    first_failed_event = models.BigIntegerField(default=0)
    failed_event = models.BigIntegerField(default=0)
    action_required_event = models.BigIntegerField(default=0)

    wagtail_reference_index_ignore = True

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["site", "stripe_id"], name="one_invoice_per_site")
        ]
        indexes: ClassVar = [models.Index(fields=["customer", "-created"])]

    def __str__(self) -> str:
        return self.number or self.stripe_id

    @property
    def first_failed_at(self) -> datetime | None:
        """When its payment failed for the first time."""
        seconds = self.first_failed_event
        return datetime.fromtimestamp(seconds, UTC) if seconds else None
