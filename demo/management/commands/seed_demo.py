"""`manage.py seed_demo`: two tenants with articles and people. Safe to run again."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from demo.people import seed_people
from demo.publications import HOSTS, seed_publication


class Command(BaseCommand):
    help = (
        "Fills the database with two publications, their articles and their people. What is "
        "there already stays as it is. Whoever pays is made by `make demo`, at the sandbox."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="where the site is served")

    def handle(self, *args: Any, **options: Any) -> None:
        sites = {tenant: seed_publication(tenant, port=options["port"]) for tenant in HOSTS}
        seed_people(sites)
        for site in sites.values():
            self.stdout.write(f"{site.site_name}: {site.root_url}")
