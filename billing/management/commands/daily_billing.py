"""`manage.py daily_billing`: the day's tasks, for cron or a timer."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billing.reconcile.daily import start_daily_tasks
from krate_site.tasks.queues import NoWorkerError, failures_of


class Command(BaseCommand):
    help = (
        "Reconciles every tenant with Stripe, sends mails that were left, and empties old events. "
        "Waits until the workers have tried to, where there are workers. Exits 1 where they failed."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            failures = failures_of(start_daily_tasks())
        except NoWorkerError as error:
            raise CommandError(str(error)) from None
        if failures:
            raise CommandError("\n".join(failures))
