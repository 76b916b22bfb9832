"""The explorer with access as a column and a filter (rule G1)."""

from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet
from django.forms import RadioSelect
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters.filters import ChoiceFilter
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.pages.listing import ExplorableIndexView
from wagtail.models import Page

from home.admin.comments import CommentedEditView
from home.admin.publish_warnings import is_timed
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


def access_of(page: Page) -> Access | None:
    """Return whom a page, or what is new in a section, is for; None for pages without access."""
    value = getattr(page, "access", None) or getattr(page, "default_access", None)
    return Access(value) if value in Access.values else None


def timing_of(page: GatedPage) -> str:
    """Return from when, or until when, a date opens a page to everyone; "" where none does."""
    if not is_timed(page) or (page.public_until and page.public_after_days):
        return ""
    now = timezone.now()
    if page.public_until:
        open_now = page.public_until > now
        told = _("open to everyone until %(when)s") if open_now else _("closed since %(when)s")
        return told % {"when": short(page.public_until)}
    days = page.public_after_days or 0
    if page.first_published_at is None:
        return _("open to everyone after days: %(days)s") % {"days": days}
    opens_at = page.first_published_at + timedelta(days=days)
    open_now = opens_at <= now
    told = _("open to everyone since %(when)s") if open_now else _("open to everyone from %(when)s")
    return told % {"when": short(opens_at)}


def short(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")


class AccessFilterSet(TenantPageFilterSet):
    """The tenant's filters, and who may read."""

    access = ChoiceFilter(
        label=gettext_lazy("Who may read"),
        choices=Access.choices,
        empty_label=gettext_lazy("Any"),
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
    column = AccessColumn("access", label=gettext_lazy("Who may read"), width="12%")
    return [
        part for each in columns for part in ([column, each] if each.name == "status" else [each])
    ]


class ContentViewSet(TenantPageViewSet):
    """Wagtail's views of pages, for all page types of ours."""

    columns = with_access(ExplorableIndexView.base_columns)
    filterset_class = AccessFilterSet
    edit_view_class = CommentedEditView
