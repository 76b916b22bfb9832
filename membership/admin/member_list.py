"""Members in Wagtail's admin: the list, its export, and a page for each."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, path
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column, StatusTagColumn, TitleColumn
from wagtail.admin.views import generic

from krate_site.formats import write_time
from krate_site.tenancy.scoping import TenantViewSet
from krate_site.tenancy.sites import current_site
from membership.admin.complimentary_views import GiveComplimentary, RevokeComplimentary
from membership.admin.member_export import MemberExport
from membership.admin.member_filters import MemberFilters, search_members
from membership.admin.member_page import MemberPage
from membership.billing_provider import billing_provider
from membership.models import Membership, MembershipQuerySet, TenantLogEntry

# The style of columns that hold a date or a word.
SHORT = "desk-short"


class DayColumn(Column):
    """A time as a short date in the admin's language, nothing for none."""

    def get_value(self, instance: Membership) -> str:
        moment = super().get_value(instance)
        return write_time(moment, "SHORT_DATE_FORMAT") if moment else ""


class MemberList(MemberExport, generic.IndexView):
    """The newest first; found by address, name, status, plan and dates."""

    default_ordering = "-joined_at"
    search_fields = ["user__email", "user__first_name", "user__last_name"]
    is_searchable = True
    template_name = "membership/admin/members.html"
    results_template_name = "membership/admin/members_results.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.is_export:
            members = self.get_queryset()
            if self.is_too_long(members):
                return self.refuse_export()
            site = current_site(request)
            TenantLogEntry.objects.log_action(
                site, "membership.export", site=site, user=request.user
            )
            return self.export(members)
        return super().get(request, *args, **kwargs)

    def get_base_queryset(self) -> MembershipQuerySet:
        members = super().get_base_queryset().select_related("user")
        return billing_provider().name_plans(members, current_site(self.request))

    def order_queryset(self, queryset: MembershipQuerySet) -> MembershipQuerySet:
        # The key makes pages out of members who joined at the same moment.
        return queryset.order_by(self.ordering, "-pk")

    def search_queryset(self, queryset: MembershipQuerySet) -> MembershipQuerySet:
        if not self.is_searching:
            return queryset
        return search_members(queryset, self.search_query, current_site(self.request))

    @cached_property
    def columns(self) -> list[Column]:
        columns = [
            TitleColumn(
                "email",
                label=_("Member"),
                accessor="user.email",
                url_name=self.inspect_url_name,
                sort_key="user__email",
            ),
            Column("name", label=_("Name"), accessor=lambda member: member.user.get_full_name()),
            StatusTagColumn(
                "standing",
                label=_("Status"),
                accessor=self.standing_of,
                primary=lambda member: member.is_pro_at(self.now),
                classname=SHORT,
            ),
        ]
        if self.plans:
            columns += [
                Column("plan", label=_("Plan"), accessor=self.plan_of, classname=SHORT),
                DayColumn(
                    "paid_until", label=_("Pro until"), accessor="pro_until", classname=SHORT
                ),
            ]
        return [
            *columns,
            DayColumn(
                "complimentary",
                label=_("Complimentary"),
                accessor="complimentary_until",
                classname=SHORT,
            ),
            DayColumn(
                "joined",
                label=_("Since"),
                accessor="joined_at",
                sort_key="joined_at",
                classname=SHORT,
            ),
        ]

    def standing_of(self, member: Membership) -> str:
        return str(member.standing_at(self.now).state.label)


class Members(TenantViewSet):
    """Looked at, exported, and given complimentary access; nobody is added or deleted here."""

    model = Membership
    name = "members"
    url_prefix = "members"
    icon = "group"
    menu_label = _("Members")
    menu_order = 250
    add_to_admin_menu = True
    inspect_view_enabled = True
    form_fields = ["complimentary_until"]
    index_view_class = MemberList
    inspect_view_class = MemberPage
    filterset_class = MemberFilters
    export_filename = "members"

    def get_urlpatterns(self) -> list[URLPattern]:
        give = self.construct_view(GiveComplimentary)
        revoke = self.construct_view(RevokeComplimentary)
        return [
            *super().get_urlpatterns(),
            path("<int:pk>/", self.inspect_view, name="inspect"),
            path("<int:pk>/complimentary/", give, name="give_complimentary"),
            path("<int:pk>/revoke/", revoke, name="revoke_complimentary"),
        ]
