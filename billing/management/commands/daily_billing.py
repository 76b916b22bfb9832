"""`manage.py daily_billing`: the daily task, for cron or a timer."""

from typing import Any

from django.core.management.base import BaseCommand

from billing.reconcile.daily import daily_billing


class Command(BaseCommand):
    help = (
        "Reconciles every tenant with Stripe, sends mails that were left, and empties old events."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        daily_billing.enqueue()
