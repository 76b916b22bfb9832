"""Customers at Stripe, each of one member at one tenant: kept in step like what belongs to them (`mirror`)."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from wagtail.models import Site

from membership.models import User


class CustomerQuerySet(models.QuerySet["Customer"]):
    def current(self, user: User) -> "CustomerQuerySet":
        """Return this person's that Stripe still has: one for each tenant and mode."""
        return self.filter(user=user, deleted_at_stripe=False)


class Customer(models.Model):
    """A customer at Stripe; without `user` while it isn't linked, and always the lock of its events.

    A customer that was deleted at Stripe stays, marked, so that its history keeps its owner.
    """

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="stripe_customers")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    stripe_id = models.CharField(max_length=255)
    livemode = models.BooleanField(default=False)
    # The card that the next invoice is charged to; `sync.customer_rows` chooses it among `cards`.
    card_brand = models.CharField(max_length=40, blank=True)
    card_last4 = models.CharField(max_length=4, blank=True)
    # Brand and last four of the payment methods on file, by id, each with its last event's time.
    cards = models.JSONField(default=dict)
    default_payment_method_id = models.CharField(max_length=255, blank=True)
    last_event = models.BigIntegerField(default=0)
    deleted_at_stripe = models.BooleanField(default=False)
    linked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CustomerQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["site", "stripe_id"], name="one_customer_per_site"),
            models.UniqueConstraint(
                fields=["site", "user", "livemode"],
                condition=Q(user__isnull=False, deleted_at_stripe=False),
                name="one_current_customer_per_member",
            ),
        ]

    def __str__(self) -> str:
        return self.stripe_id
