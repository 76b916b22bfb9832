"""Ways to Stripe's checkout page, and which of them may still be paid."""

import uuid
from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.models import Site

from billing.models.customers import Customer
from billing.models.mirror import Subscription

# A row's key is good for almost a day, and the session that it makes is open for another one.
MAY_BE_OPEN_FOR = timedelta(days=2)


class CheckoutSessionQuerySet(models.QuerySet["CheckoutSession"]):
    def begun(self) -> "CheckoutSessionQuerySet":
        """Return those of whose end nothing is known: being made, or open."""
        return self.filter(state__in=CheckoutSession.BEGUN)

    def awaited(self) -> "CheckoutSessionQuerySet":
        """Return those whose payment is on its way, or whose subscription isn't known here yet."""
        known = Subscription.objects.filter(
            site=OuterRef("site"), stripe_id=OuterRef("subscription_id_at_stripe")
        )
        completed = Q(state=CheckoutSession.State.COMPLETE) & ~Q(subscription_id_at_stripe="")
        return self.filter(Q(state=CheckoutSession.State.PENDING) | (completed & ~Exists(known)))

    def payable(self) -> "CheckoutSessionQuerySet":
        """Return those that may still be paid at Stripe, or are being made there."""
        now, state = timezone.now(), CheckoutSession.State
        is_being_made = Q(state=state.CREATING, created_at__gt=now - MAY_BE_OPEN_FOR)
        return self.filter(Q(state=state.OPEN, expires_at__gt=now) | is_being_made)


class CheckoutSession(models.Model):
    """A way to Stripe's checkout page, made for one member, one price and one set of terms.

    The row is committed before Stripe is asked; its key makes Stripe answer two tabs alike.
    """

    class State(models.TextChoices):
        CREATING = "creating", _("Being made")
        OPEN = "open", _("Open")
        PENDING = "pending", _("Completed, payment on its way")
        COMPLETE = "complete", _("Completed")
        FAILED = "failed", _("Payment failed")
        EXPIRED = "expired", _("Expired")

    BEGUN = (State.CREATING, State.OPEN)

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="checkout_sessions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="checkout_sessions"
    )
    stripe_id = models.CharField(max_length=255, blank=True)
    subscription_id_at_stripe = models.CharField(max_length=255, blank=True)
    idempotency_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    price_id = models.CharField(max_length=255)
    terms = models.CharField(
        max_length=100, blank=True, help_text="Trial and promotion codes as offered."
    )
    return_to = models.CharField(max_length=2000, blank=True)
    url = models.TextField(blank=True)
    state = models.CharField(max_length=20, choices=State, default=State.CREATING)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)

    objects = CheckoutSessionQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["site", "stripe_id"],
                condition=~Q(stripe_id=""),
                name="one_checkout_session_per_site",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["site", "user", "state"])]

    def __str__(self) -> str:
        return self.stripe_id or str(self.idempotency_key)
