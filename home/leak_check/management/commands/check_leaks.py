"""`manage.py check_leaks`: does any surface let through what a wall hides?"""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm
from wagtail.models import Site

from home.leak_check.checking import Report, check_routes, check_tenant
from krate_site.tenancy.sites import site_for_host


class Command(BaseCommand):
    help = (
        "Asks every surface as every audience for the hidden text of each closed page. Exits 1 "
        "where something shows, or where a cache could keep it. Writes nothing; safe on a live site."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", default="", metavar="HOST", help="only this tenant")
        parser.add_argument(
            "--page",
            action="append",
            metavar="URL",
            help="only this closed page, its URL or path; may be repeated",
        )
        parser.add_argument(
            "--quick", action="store_true", help="no odd spellings, none of the admin's routes"
        )
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(
        self,
        *args: Any,
        tenant: str,
        page: list[str] | None,
        quick: bool,
        json: bool,
        **options: Any,
    ) -> None:
        every = Site.objects.select_related("root_page").order_by("pk")
        sites = [site_for_host(tenant)] if tenant else list(every)
        if not sites:
            raise CommandError("There is no tenant; `create_tenant` makes one.", returncode=2)
        if page and len(sites) > 1:
            raise CommandError("--page needs --tenant.", returncode=2)
        unlisted = check_routes()
        reports = [self.check_tenant(site, page, quick=quick, quiet=json) for site in sites]
        for report in reports:
            report.findings += unlisted
        self.print(reports, as_json=json)
        if any(report.findings for report in reports):
            raise SystemExit(1)

    def check_tenant(
        self, site: Site, paths: list[str] | None, *, quick: bool, quiet: bool
    ) -> Report:
        """Check one tenant with a progress bar, where somebody looks."""
        with tqdm(
            desc=site.hostname, unit=" requests", disable=True if quiet else None, leave=False
        ) as bar:

            def advance(done: int, of: int) -> None:
                bar.total = of
                bar.update(done - bar.n)

            try:
                return check_tenant(site, paths=paths, quick=quick, on_progress=advance)
            except LookupError as error:
                raise CommandError(
                    f"{site.hostname} has no closed page at {error}.", returncode=2
                ) from error

    def print(self, reports: list[Report], *, as_json: bool) -> None:
        """Print what was asked and what is wrong."""
        if as_json:
            self.stdout.write(json.dumps([report.as_json() for report in reports], indent=2))
            return
        for report in reports:
            self.stdout.write(
                f"{report.tenant}: {report.pages} closed pages, {report.phrases} hidden phrases, "
                f"{report.requests} requests, {len(report.findings)} findings"
            )
            for title in report.without_phrases:
                self.stdout.write(f"  nothing to look for: {title}")
            for finding in report.findings:
                self.stdout.write(f"  {finding}")
