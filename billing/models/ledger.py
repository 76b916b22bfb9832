"""The ledger: every event that Stripe sent, and what became of it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from wagtail.models import Site


class WebhookEvent(models.Model):
    """One event at one tenant. The row and its effect are committed together (rule W3)."""

    class Outcome(models.TextChoices):
        APPLIED = "applied", _("Applied")
        WAITING = "waiting", _("Waiting for its customer to be linked")
        IGNORED = "ignored", _("Ignored")
        FAILED = "failed", _("Failed, to be tried again")
        DEAD = "dead", _("Failed for good")

    # What somebody should look at.
    FAILURES = (Outcome.FAILED, Outcome.DEAD)

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="webhook_events")
    event_id = models.CharField(_("Stripe's id"), max_length=255)
    type = models.CharField(_("type"), max_length=100)
    api_version = models.CharField(_("API version"), max_length=40, blank=True)
    livemode = models.BooleanField(_("live mode"), default=False)
    created = models.BigIntegerField(help_text="Stripe's own time, seconds since 1970.")
    received_at = models.DateTimeField(_("received"), auto_now_add=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome)
    # Why it was ignored or failed: a code of ours, and words for the tenant admin.
    reason = models.CharField(_("why"), max_length=60, blank=True)
    error = models.TextField(_("error"), blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=1)
    customer_id_at_stripe = models.CharField(_("customer"), max_length=255, blank=True)
    subscription_id_at_stripe = models.CharField(_("subscription"), max_length=255, blank=True)
    # What the handlers need of the event's object, without personal data; pruned after 30 days.
    payload = models.JSONField(_("content"), null=True)

    wagtail_reference_index_ignore = True

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["site", "event_id"], name="one_event_per_site")
        ]
        indexes: ClassVar = [
            models.Index(fields=["site", "-received_at"]),
            models.Index(fields=["site", "outcome", "-received_at"]),
            models.Index(fields=["site", "customer_id_at_stripe"]),
            models.Index(fields=["received_at"]),
        ]
        verbose_name = _("event from Stripe")
        verbose_name_plural = _("events from Stripe")

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"

    @property
    def may_be_replayed(self) -> bool:
        """It failed or waits, and its content is still kept."""
        is_undone = self.outcome in (*self.FAILURES, self.Outcome.WAITING)
        return is_undone and self.payload is not None


class Notice(models.Model):
    """A mail to a member, or to the tenant where `user` is empty; noted with its cause and sent later.

    A process that dies in between leaves the row, and the daily task sends it. `about` is the
    event or the subscription that it is about, so that a member is told once.
    """

    class Kind(models.TextChoices):
        WELCOME = "welcome", _("Welcome to Pro")
        PAYMENT_FAILED = "payment_failed", _("A payment failed")
        ACTION_REQUIRED = "action_required", _("A payment needs confirmation")
        CANCELLATION = "cancellation", _("Cancellation confirmed")
        TRIAL_ENDING = "trial_ending", _("The trial is about to end")
        ENDED = "ended", _("Pro has ended")
        DISPUTE = "dispute", _("A payment is disputed")
        REFUND = "refund", _("A payment was refunded")
        DUPLICATE = "duplicate", _("A member pays twice")
        DEAD_EVENT = "dead_event", _("An event failed for good")

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="notices")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+"
    )
    kind = models.CharField(max_length=30, choices=Kind)
    about = models.CharField(max_length=255)
    params = models.JSONField(default=dict)
    noted_at = models.DateTimeField(auto_now_add=True)
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    wagtail_reference_index_ignore = True

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["site", "user", "kind", "about"], name="one_notice_of_a_kind"
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["noted_at"], condition=Q(sent_at__isnull=True), name="notices_to_send"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.about}"


class Heading(StrEnum):
    """Kinds of drift, the worst first."""

    PAID_WITHOUT_ACCESS = "paid_without_access"
    ACCESS_WITHOUT_PAYMENT = "access_without_payment"
    MISSING_ROWS = "missing_rows"
    DIFFERENT = "different"
    NOT_AT_STRIPE = "not_at_stripe"
    NOT_COMPARED = "not_compared"
    DUPLICATES = "duplicates"
    # No drift: somebody pays whom nobody here knows, by the tenant's own doing.
    WITHOUT_MEMBER = "without_member"


class Reconciliation(models.Model):
    """What the last comparison of a tenant's books with Stripe found (rule W8)."""

    site = models.OneToOneField(Site, on_delete=models.CASCADE, related_name="reconciliation")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    # Where an interrupted run goes on.
    cursor = models.CharField(max_length=255, blank=True)
    fixes = models.BooleanField(default=False)
    compared = models.PositiveIntegerField(default=0)
    # Heading to the ids found under it.
    findings = models.JSONField(default=dict)
    # Heading to those of them that were repaired.
    repaired = models.JSONField(default=dict)
    error = models.TextField(blank=True)

    wagtail_reference_index_ignore = True

    def __str__(self) -> str:
        return f"{self.site} {self.started_at:%Y-%m-%d %H:%M}"

    def left(self, heading: Heading) -> list[str]:
        """Return what is still to be repaired under a heading."""
        return left_to_repair(self.findings, self.repaired, heading)


def left_to_repair(
    findings: Mapping[str, list[str]], repaired: Mapping[str, list[str]], heading: Heading
) -> list[str]:
    """Return the ids that were found under a heading and not repaired."""
    done = set(repaired.get(heading, ()))
    return [found for found in findings.get(heading, ()) if found not in done]
