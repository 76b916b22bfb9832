"""The log of changes: who changed settings, access, complimentary grants and team, and when."""

from typing import Any

import django_filters
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.log_actions import registry

from krate_site.tenancy.scoping import TenantViewSet
from krate_site.tenancy.sites import current_site
from membership.admin.paging import BoundedPaginator
from membership.changes import TenantLogEntry

Changes = QuerySet[TenantLogEntry]


def those_who_changed(request: HttpRequest) -> QuerySet[Any]:
    """Return who did something at this tenant."""
    entries = TenantLogEntry.objects.filter(site=current_site(request), user__isnull=False)
    return get_user_model().objects.filter(pk__in=entries.values("user"))


class ChangeFilters(WagtailFilterSet):
    """By what was done, by whom and when."""

    action = django_filters.ChoiceFilter(label=_("What"))
    user = django_filters.ModelChoiceFilter(label=_("Who"), queryset=those_who_changed)
    timestamp = django_filters.DateFromToRangeFilter(label=_("When"), widget=DateRangePickerWidget)

    class Meta:
        model = TenantLogEntry
        fields = ["action", "user", "timestamp"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["action"].extra["choices"] = registry.get_choices


class ChangeList(generic.IndexView):
    """The newest first."""

    page_title = _("Log of changes")
    paginator_class = BoundedPaginator
    default_ordering = "-timestamp"
    is_searchable = False
    template_name = "membership/admin/changes.html"
    results_template_name = "membership/admin/changes_results.html"

    def get_base_queryset(self) -> Changes:
        return super().get_base_queryset().select_related("user")

    def order_queryset(self, queryset: Changes) -> Changes:
        return queryset.order_by("-timestamp", "-pk")

    @cached_property
    def columns(self) -> list[Column]:
        return [
            Column("when", label=_("When"), accessor=moment),
            Column("who", label=_("Who"), accessor="user_display_name"),
            Column("what", label=_("What"), accessor="message"),
            Column("label", label=_("Of what")),
        ]


def moment(entry: TenantLogEntry) -> str:
    """Return when it was, in the admin's language."""
    return date_format(timezone.localtime(entry.timestamp), "SHORT_DATETIME_FORMAT")


class ChangeLog(TenantViewSet):
    """Read only: a log that could be changed would be none."""

    model = TenantLogEntry
    name = "changes"
    url_prefix = "changes"
    icon = "history"
    menu_label = _("Log of changes")
    menu_order = 220
    add_to_settings_menu = True
    form_fields = ["action"]
    index_view_class = ChangeList
    filterset_class = ChangeFilters
    list_per_page = 50

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            path("", self.index_view, name="index"),
            path("results/", self.index_results_view, name="index_results"),
        ]
