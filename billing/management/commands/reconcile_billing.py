"""`manage.py reconcile_billing`: is what members may read what they pay for?"""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm
from wagtail.models import Site

from billing.reconcile.report import Report
from billing.reconcile.run import known_subscriptions, reconcile, sites_to_reconcile
from krate_site.tenancy.sites import site_for_host


class Command(BaseCommand):
    help = (
        "Compares every subscription with Stripe's and prints what differs; --fix repairs it. "
        "Exits 1 where drift is left. Safe at any time, and from cron."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", default="", metavar="HOST", help="only this tenant")
        parser.add_argument("--fix", action="store_true", help="repair what differs")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, tenant: str, fix: bool, json: bool, **options: Any) -> None:
        sites = sites_to_reconcile(site_for_host(tenant) if tenant else None)
        if tenant and not sites:
            raise CommandError(
                f"{tenant} has no Stripe key, so there is nothing to compare.", returncode=2
            )
        reports = [self.reconcile(site, fix=fix, quiet=json) for site in sites]
        self.print(reports, as_json=json, fix=fix)
        if any(report.drift or report.error for report in reports):
            raise SystemExit(1)

    def reconcile(self, site: Site, *, fix: bool, quiet: bool) -> Report:
        with tqdm(
            total=known_subscriptions(site),
            desc=site.hostname,
            unit=" subscriptions",
            # Nobody looks at a log's progress.
            disable=True if quiet else None,
            leave=False,
        ) as bar:
            return reconcile(site, fix=fix, on_progress=bar.update)

    def print(self, reports: list[Report], *, as_json: bool, fix: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps([report.as_json() for report in reports], indent=2))
            return
        if not reports:
            self.stdout.write("No tenant has a Stripe key yet, so there is nothing to compare.")
            return
        self.stdout.write(headline(reports))
        for report in reports:
            self.stdout.write(report.as_text())
        if not fix and any(report.drift for report in reports):
            self.stdout.write("Nothing was changed. --fix repairs what can be repaired.")


def headline(reports: list[Report]) -> str:
    """Return the one line that counts; where a comparison didn't finish, a zero proves nothing."""
    paid = sum(report.as_json()["paid_without_access"] for report in reports)
    unfinished = sum(1 for report in reports if report.error)
    so_far = f" so far; {unfinished} of {len(reports)} not finished" if unfinished else ""
    return f"Paid without access: {paid}{so_far}"
