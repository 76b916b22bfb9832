"""`manage.py prune_events`: empties what the ledger needn't keep any longer."""

from typing import Any

from django.core.management.base import BaseCommand

from billing.reconcile.daily import prune_events


class Command(BaseCommand):
    help = "Empties the bodies of Stripe's events after 30 days; the log itself stays for 400."

    def handle(self, *args: Any, **options: Any) -> None:
        bodies, rows = prune_events()
        self.stdout.write(f"{bodies} bodies emptied, {rows} old rows deleted.")
