"""What billing does once a day, as one task: reconcile, send what is left, tidy up (rule W7)."""

import logging
from datetime import timedelta

from django.utils import timezone
from django_tasks import task

from billing.emails.outbox import send_notices
from billing.models import Notice, WebhookEvent
from billing.reconcile.run import reconcile, sites_to_reconcile

logger = logging.getLogger(__name__)
BODIES_ARE_KEPT = timedelta(days=30)
ROWS_ARE_KEPT = timedelta(days=400)


@task()
def daily_billing() -> None:
    """Repair every tenant's drift, send the mails that a dead process left, empty old bodies.

    One tenant's trouble keeps no other from its turn.
    """
    for site in sites_to_reconcile():
        try:
            report = reconcile(site, fix=True)
        except Exception:
            logger.exception("%s couldn't be reconciled.", site.hostname)
            continue
        level = logging.ERROR if report.drift or report.error else logging.INFO
        logger.log(level, "%s", report.as_text())
    send_notices()
    prune_events()


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
