"""Shows what is held back in a copy of the database, and confirms that this is the real site."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from krate_site.tenancy.clone_guard import confirm, misplaced


class Command(BaseCommand):
    help = (
        "Lists the tenants whose payments and mail are held back since they are bound to another "
        "installation or host name (exit code 1). With --yes it binds them to this one."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--yes", action="store_true", help="Confirm: readers pay here.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["yes"]:
            confirmed = confirm(by=None)
            self.stdout.write(f"Confirmed: {', '.join(map(str, confirmed)) or 'nothing to do'}.")
            return
        held_back = [
            f"{binding.site.hostname}: bound to {binding.hostname}"
            + (" at another installation" if binding.is_elsewhere else "")
            for binding in misplaced()
        ]
        if held_back:
            raise CommandError("\n".join(["Held back; --yes confirms:", *held_back]))
        self.stdout.write("Nothing is held back.")
