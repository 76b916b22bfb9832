"""The panel on the admin's home: how the tenant stands, each number leading to its list."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib.humanize.templatetags.humanize import intcomma
from django.forms import Media
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from wagtail.admin.ui.components import Component

from krate_site.tenancy.permissions import TenantPermissionPolicy
from krate_site.tenancy.sites import current_site
from membership.billing_provider import Number, billing_provider
from membership.models import Membership


class NumbersPanel(Component):
    """For those who may see the members; an editor's home stays as it is."""

    name = "numbers"
    order = 50
    template_name = "membership/admin/numbers.html"

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @property
    def media(self) -> Media:
        return Media(css={"all": ["membership/admin.css"]})

    def get_context_data(self, parent_context: Mapping[str, Any] | None = None) -> dict[str, Any]:
        return {
            "numbers": [*member_numbers(self.request), *billing_provider().numbers(self.request)]
        }


def may_see_members(request: HttpRequest) -> bool:
    """Return whether the members of the host's tenant are this person's business."""
    policy = TenantPermissionPolicy(Membership)
    return policy.user_has_permission_for_instance(request.user, "view", current_site(request))


def member_numbers(request: HttpRequest) -> list[Number]:
    """Return what can be counted without knowing of money."""
    members = Membership.objects.filter(site=current_site(request))
    now = timezone.now()
    begin = beginning_of_month(now)
    return [
        Number(label=_("Members"), value=intcomma(members.count()), url=listed()),
        Number(
            label=_("New this month"),
            value=intcomma(members.filter(joined_at__gte=begin).count()),
            url=listed(joined_at_from=begin.date().isoformat()),
            note=_("since %s") % date_format(begin, "SHORT_DATE_FORMAT"),
        ),
        Number(
            label=_("Pro members"),
            value=intcomma(members.pro(now).count()),
            url=listed(pro="yes"),
        ),
        Number(
            label=_("Complimentary"),
            value=intcomma(members.complimentary(now).count()),
            url=listed(complimentary="now"),
        ),
    ]


def beginning_of_month(now: datetime) -> datetime:
    """Return the first moment of this month, in the server's time zone."""
    return timezone.localtime(now).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def listed(**filters: str) -> str:
    """Return the address of the list of members, narrowed by these filters."""
    address = reverse("members:index")
    return f"{address}?{urlencode(filters)}" if filters else address
