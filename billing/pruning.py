"""What the ledger keeps, and for how long (rule W7)."""

from datetime import timedelta

from django.utils import timezone

from billing.models import Notice, WebhookEvent

BODIES_ARE_KEPT = timedelta(days=30)
ROWS_ARE_KEPT = timedelta(days=400)
Outcome = WebhookEvent.Outcome


def prune_events() -> tuple[int, int]:
    """Empty the bodies of events older than 30 days, and delete rows older than 400.

    A row as old as that can't come again: Stripe delivers for three days and lists for thirty.
    Returns how many bodies were emptied and how many rows deleted.
    """
    now = timezone.now()
    bodies = WebhookEvent.objects.filter(
        received_at__lt=now - BODIES_ARE_KEPT, payload__isnull=False
    ).update(payload=None)
    rows, _ = WebhookEvent.objects.filter(received_at__lt=now - ROWS_ARE_KEPT).delete()
    sent = Notice.objects.filter(noted_at__lt=now - BODIES_ARE_KEPT, sent_at__isnull=False)
    # Emptied once: rows of all the years before aren't written again each day.
    sent.exclude(params={}).update(params={})
    return bodies, rows
