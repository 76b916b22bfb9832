"""What billing does once a day: compare each tenant with Stripe, send what is left, tidy up (rule W7).

Each is a task of its own, so that one tenant's trouble keeps no other from its turn.
"""

import logging
from datetime import timedelta

from django.utils import timezone
from django_tasks import TaskResult, task
from wagtail.models import Site

from billing.emails.outbox import send_notices
from billing.models import Notice, WebhookEvent
from billing.reconcile.run import reconcile, sites_to_reconcile
from krate_site.tasks.queues import enqueue_once

logger = logging.getLogger(__name__)
BODIES_ARE_KEPT = timedelta(days=30)
ROWS_ARE_KEPT = timedelta(days=400)


class NotReconciledError(Exception):
    """A tenant's comparison didn't finish; says whose, and why."""


def start_daily_tasks() -> list[TaskResult[None]]:
    """Queue the day's tasks, or do them where there is no worker, and return their results."""
    comparisons = [enqueue_once(reconcile_tenant, site.pk) for site in sites_to_reconcile()]
    return [*comparisons, enqueue_once(send_left_notices), enqueue_once(prune)]


@task(queue_name="background", priority=-10)
def reconcile_tenant(site_id: int) -> None:
    """Repair a tenant's drift; raises NotReconciledError, and what is done by then is done."""
    site = Site.objects.get(pk=site_id)
    try:
        report = reconcile(site, fix=True)
    except Exception as problem:
        raise NotReconciledError(f"{site.hostname}: {problem!r}") from problem
    logger.log(logging.ERROR if report.drift else logging.INFO, "%s", report.as_text())
    if report.error:
        raise NotReconciledError(f"{site.hostname}: {report.error}")


@task(queue_name="background")
def send_left_notices() -> None:
    """Send the mails about money that a dead process left, or that the mail server refused."""
    send_notices()


@task(queue_name="background", priority=-10)
def prune() -> None:
    """Empty old bodies, and delete old rows."""
    prune_events()


@task()
def daily_billing() -> None:
    """Queue the day's tasks; a queue may hold this from before an upgrade."""
    start_daily_tasks()


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
