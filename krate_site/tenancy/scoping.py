"""Admin views of ours show and touch the rows of the host's tenant, and no others (rule T4).

Wagtail's `ModelViewSet` asks for the model's permission only, and then finds any row by its
key. So register every listing of tenants' rows as a `TenantViewSet`, whose views are all
scoped, and add `TenantScopedView` to the left of the bases of any other admin view. A view
function that scopes itself says so by `admin_access.scoped_to_tenant`. Views that don't say it
answer 404 to a tenant's team. Superusers see the host's tenant alone, too. Filters of pages name
the host's tenant's people only.
"""

from typing import Any

from django.contrib.admin.utils import unquote
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.forms import BaseForm, CheckboxSelectMultiple, ModelChoiceField
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import MultipleUserFilter
from wagtail.admin.views.pages.listing import EditedByFilter, GenericPageFilterSet
from wagtail.admin.views.pages.usage import ContentTypeUseView
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.viewsets.pages import PageViewSet
from wagtail.models import Page, PageLogEntry
from wagtail.permissions import register_permission_policy

from krate_site.tenancy.ownership import of_tenant
from krate_site.tenancy.paging import BoundedPaginator
from krate_site.tenancy.permissions import TenantPermissionPolicy
from krate_site.tenancy.sites import current_site


class TenantScopedView:
    """Put to the left of a class-based admin view of a model with a `site`.

    Scopes the listing and with it search, filters, exports and bulk operations; the object of
    every view with a key in its address, as `own_row` (404 for another tenant's); what forms and filters
    offer to choose from; and whose a new row becomes.
    """

    scoped_to_tenant = True
    request: HttpRequest
    model: type[Model]
    pk_url_kwarg = "pk"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        # Before anything is loaded: some of Wagtail's views find their object in `setup`,
        # others in methods of their own that no override here would reach.
        key = kwargs.get(self.pk_url_kwarg)
        if key is not None:
            rows = of_tenant(self.model._base_manager.all(), current_site(request))
            try:
                self.own_row = get_object_or_404(rows, pk=unquote(str(key)))
            except (ValueError, ValidationError) as error:
                raise Http404 from error
        super().setup(request, *args, **kwargs)  # type: ignore[misc]

    def get_base_queryset(self) -> QuerySet[Any]:
        return of_tenant(super().get_base_queryset(), current_site(self.request))  # type: ignore[misc]

    def get_queryset(self) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset()  # type: ignore[misc]
        # What a search found is no queryset any more; it was searched for in `get_base_queryset`.
        return of_tenant(rows, current_site(self.request)) if isinstance(rows, QuerySet) else rows

    def get_form(self, *args: Any, **kwargs: Any) -> BaseForm:
        form = super().get_form(*args, **kwargs)  # type: ignore[misc]
        narrow_choices(form, self.request)
        instance = getattr(form, "instance", None)
        if instance is not None and instance.pk is None:
            instance.site = current_site(self.request)
        return form

    @cached_property
    def filters(self) -> Any:
        filters = super().filters  # type: ignore[misc]
        if filters:
            narrow_choices(filters.form, self.request)
        return filters


def narrow_choices(form: BaseForm, request: HttpRequest) -> None:
    """Let a form's fields offer, and accept, the host's tenant's rows only."""
    for field in form.fields.values():
        if isinstance(field, ModelChoiceField):
            field.queryset = of_tenant(field.queryset, current_site(request))


class TenantViewSet(ModelViewSet):
    """A listing in the admin of a model with a `site`, for those with a per-site permission.

    Its rows come about elsewhere: no form adds, edits or deletes one. The permissions are Django's
    for the model (`view_…`, `change_…`), granted to a tenant's group by `GroupSitePermission`;
    `home.tenants` says which group has which.
    """

    # One save of an indexed model costs five queries instead of one, and nobody looks there.
    add_to_reference_index = False
    copy_view_enabled = False
    list_per_page = 50

    @cached_property
    def permission_policy(self) -> TenantPermissionPolicy:
        return TenantPermissionPolicy(self.model)

    def register_permissions(self) -> None:
        register_permission_policy(self.model, self.permission_policy, exact_class=True)
        super().register_permissions()

    def register_admin_url_finder(self) -> None:
        """Wagtail's site history would link to the form of each row, and fail."""

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        wagtails: dict[str, Any] = super().get_common_view_kwargs(**kwargs)
        for name in ("add", "edit", "delete", "history", "usage"):
            wagtails.pop(f"{name}_url_name")
        return wagtails

    def get_index_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        wagtails: dict[str, Any] = super().get_index_view_kwargs(**kwargs)
        return {"paginator_class": BoundedPaginator, **wagtails}

    def get_urlpatterns(self) -> list[URLPattern]:
        """Return the listing's addresses, and no form's; a viewset with further views adds theirs."""
        return [
            path("", self.index_view, name="index"),
            path("results/", self.index_results_view, name="index_results"),
        ]

    def construct_view(self, view_class: type, **kwargs: Any) -> Any:
        scoped = type(view_class.__name__, (TenantScopedView, view_class), {})
        return super().construct_view(scoped, **kwargs)


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
