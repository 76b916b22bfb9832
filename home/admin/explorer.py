"""The explorer with access as a column and a filter (rule G1)."""

from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet
from django.forms import RadioSelect
from django.utils.translation import gettext_lazy as _
from django_filters.filters import ChoiceFilter
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.pages.listing import ExplorableIndexView
from wagtail.models import Page

from home.admin.access_words import access_of, timing_of
from home.admin.comments import CommentedEditView
from home.models import SectionPage
from krate_site.tenancy.scoping import TenantPageFilterSet, TenantPageViewSet
from membership.access import Access
from membership.page_cache.expiry import gated_tables
from membership.paywall import GatedPage


class AccessColumn(Column):
    """Whom a page is for; of a section, whom its new articles are for."""

    cell_template_name = "home/admin/access_cell.html"

    def get_cell_context_data(self, instance: Any, parent_context: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_cell_context_data(instance, parent_context)
        context["access"] = access_of(instance)
        context["is_default"] = isinstance(instance, SectionPage)
        context["timing"] = timing_of(instance) if isinstance(instance, GatedPage) else ""
        return context


class AccessFilterSet(TenantPageFilterSet):
    """The tenant's filters, and who may read."""

    access = ChoiceFilter(
        label=_("Who may read"),
        choices=Access.choices,
        empty_label=_("Any"),
        method="having_access",
        widget=RadioSelect,
    )

    def having_access(self, pages: QuerySet[Page], name: str, value: str) -> QuerySet[Page]:
        """Return the pages with this access, of whatever type."""
        return pages.filter(
            reduce(or_, (Q(**{f"{table}__access": value}) for table in gated_tables()))
        )


def with_access(columns: list[Column]) -> list[Column]:
    """Return a list's columns with access before the status."""
    column = AccessColumn("access", label=_("Who may read"), width="12%")
    return [
        part for each in columns for part in ([column, each] if each.name == "status" else [each])
    ]


class ContentViewSet(TenantPageViewSet):
    """Wagtail's views of pages, for all page types of ours."""

    columns = with_access(ExplorableIndexView.base_columns)
    filterset_class = AccessFilterSet
    edit_view_class = CommentedEditView
