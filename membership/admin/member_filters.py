"""By what the list of members can be narrowed; each is asked of the clock, as access is."""

from functools import reduce
from operator import or_
from typing import Any

import django_filters
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.models import Site

from krate_site.domain_names import address_to_find
from krate_site.tenancy.paging import MOST_COUNTED
from krate_site.tenancy.sites import current_site
from membership.billing_provider import billing_provider
from membership.models import Membership, MembershipQuerySet, User
from membership.states import STATES

Members = MembershipQuerySet


class MemberFilters(WagtailFilterSet):
    """Status, Pro or not, complimentary, since when, until when; and the plan where Pro is sold."""

    standing = django_filters.ChoiceFilter(
        label=_("Status"),
        choices=[(str(standing), state.label) for standing, state in STATES.items()],
        method="of_standing",
    )
    pro = django_filters.ChoiceFilter(
        label=_("Pro"), choices=[("yes", _("Pro now")), ("no", _("Not Pro"))], method="of_pro"
    )
    plan = django_filters.ChoiceFilter(label=_("Plan"), method="of_plan")
    complimentary = django_filters.ChoiceFilter(
        label=_("Complimentary"),
        choices=[("now", _("Complimentary now")), ("over", _("Complimentary once"))],
        method="of_complimentary",
    )
    joined_at = django_filters.DateFromToRangeFilter(
        label=_("Member since"), widget=DateRangePickerWidget
    )
    pro_until = django_filters.DateFromToRangeFilter(
        label=_("Pro until"), widget=DateRangePickerWidget
    )

    class Meta:
        model = Membership
        fields = ["standing", "pro", "plan", "complimentary", "joined_at", "pro_until"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plans = billing_provider().plans(current_site(self.request))
        if plans:
            self.filters["plan"].extra["choices"] = plans
        else:
            del self.filters["plan"], self.filters["pro_until"]

    def of_standing(self, members: Members, name: str, value: str) -> Members:
        return members.with_standing(value, timezone.now())

    def of_pro(self, members: Members, name: str, value: str) -> Members:
        now = timezone.now()
        return members.pro(now) if value == "yes" else members.not_pro(now)

    def of_plan(self, members: Members, name: str, value: str) -> Members:
        return billing_provider().with_plan(members, current_site(self.request), value)

    def of_complimentary(self, members: Members, name: str, value: str) -> Members:
        now = timezone.now()
        if value == "now":
            return members.complimentary(now)
        return members.filter(complimentary_until__lte=now)


def search_members(members: Members, words: str, site: Site) -> Members:
    """Return the members in whose address or name each of the words stands.

    Few are looked up first: a database that is asked for members by date, of whom somebody is to
    be found by name, reads all of them one by one.
    """
    people = User.objects.filter(memberships__site=site)
    for word in words.split():
        people = people.filter(named(word))
    found = list(people.order_by().values_list("pk", flat=True)[: MOST_COUNTED + 1])
    if len(found) <= MOST_COUNTED:
        return members.filter(user__in=found)
    return members.filter(*(named(word, "user__") for word in words.split()))


def named(word: str, of: str = "") -> Q:
    """Return the condition that a word stands in a person's address or name."""
    fields = {"email": address_to_find(word), "first_name": word, "last_name": word}
    return reduce(or_, (Q(**{f"{of}{name}__icontains": text}) for name, text in fields.items()))
