"""`manage.py close_tenant`: cancels what a tenant's members pay for, and switches its billing off."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from billing.checkout.session import AlreadyPaid
from billing.setup.tenant_closure import close_tenant
from billing.stripe_api.errors import StripeProblem
from billing.subscriptions.account_deletion import charged_at
from billing.tenant_billing import load_tenant
from krate_site.tenancy.sites import site_for_host


class Command(BaseCommand):
    help = (
        "Cancels at Stripe every subscription of this tenant's members, at once, and switches its "
        "billing off. Without --yes it only says how many there are."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("host", help="the tenant's host name")
        parser.add_argument("--yes", action="store_true", help="do it")

    def handle(self, *args: Any, host: str, yes: bool, **options: Any) -> None:
        site = site_for_host(host)
        if not yes:
            count = charged_at(load_tenant(site)).count()
            raise CommandError(f"{count} subscriptions would be cancelled. Say --yes to do it.")
        try:
            cancelled = close_tenant(site)
        except StripeProblem as problem:
            raise CommandError(
                f"Not closed: {problem.words} Run it again later; it goes on where it stopped."
            ) from None
        except AlreadyPaid:
            raise CommandError(
                "Not closed: somebody has just paid. Run `reconcile_billing --fix`, then this again."
            ) from None
        self.stdout.write(f"{cancelled} subscriptions cancelled; billing is off at {host}.")
