"""Lists of pages in the admin, whose filters name the host's tenant's people only."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import MultipleUserFilter
from wagtail.admin.views.pages.listing import EditedByFilter, GenericPageFilterSet
from wagtail.admin.views.pages.usage import ContentTypeUseView
from wagtail.admin.viewsets.pages import PageViewSet
from wagtail.models import Page, PageLogEntry

from krate_site.tenancy.ownership import of_tenant
from krate_site.tenancy.sites import current_site

REPORT = "wagtailadmin_reports:page_types_usage"


def owners(request: HttpRequest) -> QuerySet[Any]:
    """Return who owns a page of this tenant's."""
    pages = of_tenant(Page.objects.all(), current_site(request))
    return get_user_model().objects.filter(pk__in=pages.values("owner"))


def editors(request: HttpRequest) -> QuerySet[Any]:
    """Return who edited a page of this tenant's."""
    pages = of_tenant(Page.objects.all(), current_site(request))
    edits = PageLogEntry.objects.filter(action="wagtail.edit", page__in=pages.values("pk"))
    return get_user_model().objects.filter(pk__in=edits.values("user"))


class TenantPageFilterSet(GenericPageFilterSet):
    """Wagtail's filters for pages, which name every tenant and everybody who owns a page."""

    owner = MultipleUserFilter(label=_("Owner"), queryset=owners, widget=CheckboxSelectMultiple)
    edited_by = EditedByFilter(
        label=_("Edited by"), queryset=editors, widget=CheckboxSelectMultiple
    )
    site = None


class PagesOfTypeView(ContentTypeUseView):
    """Wagtail's list of all pages of a type, without its way up to a report on all tenants."""

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = super().get_breadcrumbs_items()
        return [item for item in items if item["url"] != reverse(REPORT)]


class TenantPageViewSet(PageViewSet):
    """Wagtail's views of pages; one for a page type of its own starts from this class."""

    model = Page
    filterset_class = TenantPageFilterSet
    content_type_use_view_class = PagesOfTypeView
