"""Where tenants take part in Wagtail's admin."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.models import Page, Site

from krate_site.tenancy.clone_guard_view import HeldBackPanel, InstallationView
from krate_site.tenancy.ownership import of_tenant
from krate_site.tenancy.sites import current_site


@hooks.register("register_admin_urls")
def register_admin_urls() -> list[URLPattern]:
    return [path("installation/", InstallationView.as_view(), name="tenancy_installation")]


@hooks.register("insert_global_admin_css")
def link_stylesheet() -> SafeString:
    """Give every page of the admin what ours have in common, and what Wagtail's own lack on a phone."""
    return format_html('<link rel="stylesheet" href="{}">', static("tenancy/admin.css"))


@hooks.register("construct_homepage_panels")
def tell_of_a_copy(request: HttpRequest, panels: list[Any]) -> None:
    """Say on the admin's first page that nothing goes out, and why."""
    panels.append(HeldBackPanel())


@hooks.register("register_log_actions")
def register_log_actions(actions: Any) -> None:
    actions.register_action(
        "tenancy.confirm_installation",
        gettext_lazy("Confirm the installation"),
        gettext_lazy("Confirmed as the real installation"),
    )


@hooks.register("construct_page_chooser_queryset")
@hooks.register("construct_image_chooser_queryset")
@hooks.register("construct_document_chooser_queryset")
def choose_own(rows: QuerySet[Model], request: HttpRequest) -> QuerySet[Model]:
    """Offer the host's tenant's own, to superusers too: a link leads within a publication."""
    return of_tenant(rows, current_site(request))


@hooks.register("construct_main_menu")
def keep_the_menu_short(request: HttpRequest, items: list[MenuItem]) -> None:
    """Show a team its own work: reports and help are the platform's."""
    if not request.user.is_superuser:  # type: ignore[union-attr]
        items[:] = [item for item in items if item.name not in {"reports", "help"}]


@hooks.register("before_delete_page")
def keep_the_front_page(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Refuse to delete a tenant's front page: the Site would fall with it, and all its members."""
    return refuse_front_pages(request, [page])


@hooks.register("before_bulk_action")
def keep_front_pages(
    request: HttpRequest, action_type: str, objects: list[Model], _action: object
) -> HttpResponse | None:
    """Refuse it among several, too."""
    return refuse_front_pages(request, objects) if action_type == "delete" else None


def refuse_front_pages(request: HttpRequest, rows: Sequence[Model]) -> HttpResponse | None:
    """Return the way back with a reason where one of these is a tenant's front page."""
    keys = [row.pk for row in rows if isinstance(row, Page)]
    if not Site.objects.filter(root_page__in=keys).exists():
        return None
    messages.error(
        request, _("The front page can't be deleted: the whole publication hangs on it.")
    )
    return redirect("wagtailadmin_home")
