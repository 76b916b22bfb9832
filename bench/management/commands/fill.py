"""`manage.py fill`: a tenant with as many members, events and articles as wanted."""

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm
from wagtail.models import Site

from bench.articles import fill_articles
from bench.filling import fill_events, fill_members
from krate_site.tenancy.sites import site_for_host

Fill = Callable[[Site, int, Callable[[int], Any]], None]
FILLS: dict[str, Fill] = {
    "members": fill_members,
    "events": fill_events,
    "articles": fill_articles,
}


class Command(BaseCommand):
    help = (
        "Fills a tenant with members, events from Stripe and articles, up to these numbers, for "
        "benchmarks and for looking at a large site: nothing of it is at Stripe. Safe to run again "
        "and to interrupt: it adds what is missing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", default="localhost", metavar="HOST")
        for name in FILLS:
            parser.add_argument(f"--{name}", type=int, default=0, metavar="N")

    def handle(self, *args: Any, tenant: str, **options: Any) -> None:
        site = site_for_host(tenant)
        for name, fill in FILLS.items():
            # Nobody looks at a log's progress.
            with tqdm(total=options[name], desc=name, unit="", disable=None) as bar:
                try:
                    fill(site, options[name], bar.update)
                except ValueError as error:
                    raise CommandError(str(error)) from error
        numbers = ", ".join(f"{options[name]:,} {name}" for name in FILLS)
        self.stdout.write(f"{tenant} has at least {numbers}.")
