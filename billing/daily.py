"""What billing does once a day, as one task: reconcile, send what is left, tidy up."""

import logging

from django_tasks import task

from billing.notifications import send_all_due
from billing.pruning import prune_events
from billing.reconcile.running import reconcile, sites_to_reconcile

logger = logging.getLogger(__name__)


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
    send_all_due()
    prune_events()
