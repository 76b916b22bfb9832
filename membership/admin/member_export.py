"""The list of members as a spreadsheet, row by row.

A response is streamed when its request is over: then neither language nor tenant is set any more,
so that every word is looked up beforehand.
"""

import re
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.admin.views.mixins import SpreadsheetExportMixin

from krate_site.tenancy.sites import current_site
from membership.billing_provider import billing_provider
from membership.models import Membership, MembershipQuerySet
from membership.states import STATES

ROWS_AT_A_TIME = 2000
MOST_IN_A_WORKBOOK = 10_000
OF_MONEY = ("plan", "paid_until")
# With one of these first, wide ones too, a spreadsheet program takes a cell for a formula, and runs
# it; and where it takes a semicolon for the end of a cell, as in German, a cell begins after that.
# Source: https://owasp.org/www-community/attacks/CSV_Injection
STARTS_A_FORMULA = re.compile(
    r"(?:^|(?<=[,;|\t\r\n]))(?=[\s\"']*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n])"
)


class MemberExport(SpreadsheetExportMixin):
    """Put to the left of a listing: what is listed, with its search and filters, as CSV or XLSX."""

    request: HttpRequest

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.now = timezone.now()
        self.plans = dict(billing_provider().plans(current_site(request)))
        self.standings = {standing: str(state.label) for standing, state in STATES.items()}
        self.yes, self.no = _("yes"), _("no")
        self.export_headings = {
            name: heading
            for name, heading in export_headings().items()
            if self.plans or name not in OF_MONEY
        }
        self.list_export = list(self.export_headings)

    def export(self, members: MembershipQuerySet) -> HttpResponseBase:
        """Return the spreadsheet; of a CSV no more than a few rows are in memory at once."""
        rows = members.iterator(chunk_size=ROWS_AT_A_TIME)
        return self.as_spreadsheet(rows, self.request.GET["export"])

    def is_too_long(self, members: MembershipQuerySet) -> bool:
        """Return whether a workbook, which is made in memory as a whole, would be too large."""
        if self.request.GET["export"] != self.FORMAT_XLSX:
            return False
        return members.order_by().values("pk")[: MOST_IN_A_WORKBOOK + 1].count() > (
            MOST_IN_A_WORKBOOK
        )

    def refuse_export(self) -> HttpResponseBase:
        """Lead back to what is listed, and say what to do instead."""
        words = _(
            "These are more than %(count)s members, which is too many for XLSX. Download them as "
            "CSV, which every spreadsheet program opens, or narrow the list by search and filters."
        )
        messages.error(self.request, words % {"count": intcomma(MOST_IN_A_WORKBOOK)})
        listed = self.request.GET.copy()
        del listed["export"]
        return redirect(f"{self.request.path}?{listed.urlencode()}")

    def get_heading(self, queryset: Any, field: str) -> str:
        return self.export_headings[field]

    def to_row_dict(self, item: Membership) -> dict[str, Any]:
        current = item.standing_at(self.now)
        row = {
            "email": plain(item.user.email),
            "first_name": plain(item.user.first_name),
            "last_name": plain(item.user.last_name),
            "joined": day(item.joined_at),
            "standing": self.standings.get(current.standing, current.standing),
            "pro": self.yes if current.is_pro else self.no,
            "plan": self.plan_of(item),
            "paid_until": day(item.pro_until),
            "complimentary_until": day(item.complimentary_until),
            "complimentary_note": plain(item.complimentary_note),
        }
        return {name: row[name] for name in self.list_export}

    def plan_of(self, member: Membership) -> str:
        """Return what the member's plan is called here, "" for none."""
        return self.plans.get(getattr(member, "plan", None) or "", "")


def export_headings() -> dict[str, str]:
    """Return the columns' headings in the language of whoever asks."""
    return {
        "email": _("E-mail address"),
        "first_name": _("First name"),
        "last_name": _("Last name"),
        "joined": _("Member since"),
        "standing": _("Status"),
        "pro": _("Pro"),
        "plan": _("Plan"),
        "paid_until": _("Pro until"),
        "complimentary_until": _("Complimentary until"),
        "complimentary_note": _("Why complimentary"),
    }


def plain(text: str) -> str:
    """Return a text that no spreadsheet program runs: members choose their names themselves."""
    return STARTS_A_FORMULA.sub("'", text)


def day(moment: datetime | None) -> str:
    """Return a time as a day that sorts, "" for none."""
    return timezone.localtime(moment).strftime("%Y-%m-%d") if moment else ""
