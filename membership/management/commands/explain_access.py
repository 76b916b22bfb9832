"""`manage.py explain_access`: why somebody may or may not read, in the words that they see."""

from argparse import ArgumentParser
from typing import Any, cast
from urllib.parse import urlsplit

from django.core.management.base import BaseCommand, CommandError
from django.http import Http404, HttpRequest
from django.utils import timezone, translation
from wagtail.models import Page, Site

from krate_site.tenancy.models import Publication
from krate_site.tenancy.permissions import works_for
from krate_site.tenancy.sites import site_for_host
from membership.access import Reader, decide
from membership.accounts.sessions import membership_at
from membership.models import Membership, User
from membership.paywall import GatedPage, wall_for
from membership.readers import pro_on_sale, reader_of
from membership.reasons import describe


class Command(BaseCommand):
    help = "Say what somebody may read at a tenant, and why."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", required=True, metavar="HOST")
        parser.add_argument("--user", required=True, metavar="EMAIL")
        parser.add_argument("--page", metavar="URL", help="a page of the tenant: its URL or path")

    def handle(self, *args: Any, **options: Any) -> None:
        site = site_for_host(options["tenant"])
        language = Publication.for_site(site).language
        with translation.override(language):
            user = user_with_address(options["user"])
            membership = membership_at(site, user)
            self.explain_membership(site, options["user"], membership)
            is_team = works_for(user, site)
            if is_team:
                self.stdout.write(f"On the team of {site.hostname}: reads its pages in full.")
            if options["page"]:
                page = page_at(site, options["page"])
                self.explain_page(site, page, reader_of(membership, is_team=is_team))

    def explain_membership(self, site: Site, email: str, membership: Membership | None) -> None:
        """Print where this person stands at the tenant."""
        if membership is None:
            self.stdout.write(f"{email} is no member of {site.hostname}.")
            return
        current = membership.standing_at(timezone.now())
        pro = "Pro" if current.is_pro else "not Pro"
        self.stdout.write(f"{email} at {site.hostname}: {pro} ({current.state.label})")
        self.stdout.write(f"Reason: {current.reason}")
        for label, until in (
            ("Pro until", membership.pro_until),
            ("Complimentary until", membership.complimentary_until),
        ):
            if until is not None:
                self.stdout.write(f"{label}: {timezone.localtime(until):%Y-%m-%d %H:%M %Z}")

    def explain_page(self, site: Site, page: Page, reader: Reader) -> None:
        """Print whether this reader may read the page, which version they get, and why."""
        if not isinstance(page, GatedPage):
            self.stdout.write(f"{page}: open to everyone; this kind of page has no gate.")
            return
        decision = decide(page, reader)
        answer = "may read it"
        if decision.wall is not None:
            wall = wall_for(decision.wall, "", on_sale=pro_on_sale(site))
            answer = f"gets: {wall.label}"
        self.stdout.write(f"{page} ({page.access}): {answer}")
        self.stdout.write(f"Reason: {describe(decision.reason_code, decision.reason_params)}")


def user_with_address(email: str) -> User:
    """Return the person who has this address, or raise CommandError if nobody has."""
    user = User.objects.with_address(email).first()
    if user is None:
        raise CommandError(f"Nobody has the address {email}.")
    return user


def page_at(site: Site, url: str) -> Page:
    """Return the tenant's page at this URL or path, or raise CommandError."""
    segments = [segment for segment in urlsplit(url).path.split("/") if segment]
    try:
        return cast(Page, site.root_page.specific.route(HttpRequest(), segments).page)
    except Http404 as error:
        raise CommandError(f"{site.hostname} has no published page at {url}.") from error
