"""`manage.py create_tenant`: everything that a new tenant needs, in one step."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from home.tenants import TenantError, create_tenant


class Command(BaseCommand):
    help = (
        "Makes a tenant: site, home page, collection, groups and their rights, and invites its "
        "first admin by mail. Safe to run again: it fills in what is missing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("hostname", help="as browsers send it: gazette.example.com")
        parser.add_argument("--name", required=True, help="the publication's name")
        parser.add_argument(
            "--port", type=int, default=443, help="of its links; 443 makes them https (default)"
        )
        parser.add_argument("--language", default=settings.LANGUAGE_CODE)
        parser.add_argument("--admin", metavar="EMAIL", help="is invited as the first admin")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            outcome = create_tenant(
                hostname=options["hostname"],
                name=options["name"],
                port=options["port"],
                language=options["language"],
                admin_email=options["admin"],
            )
        except TenantError as error:
            raise CommandError(str(error)) from error
        for line in outcome.done or ["nothing to do: everything is there"]:
            self.stdout.write(f"{options['hostname']}: {line}")
