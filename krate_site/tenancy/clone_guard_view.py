"""Where a copy of the database is told of in the admin, and confirmed by a platform administrator."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin.ui.components import Component
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from krate_site.tenancy.clone_guard import confirm, is_at_home, misplaced
from krate_site.tenancy.sites import current_site


class InstallationView(WagtailAdminTemplateMixin, TemplateView):
    """What is held back and why, of every tenant; the button is in a platform administrator's hand."""

    _show_breadcrumbs = True
    header_icon = "site"
    page_title = gettext_lazy("This installation")
    template_name = "tenancy/installation.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_superuser:  # type: ignore[union-attr]
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [*self.breadcrumbs_items, {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(bindings=misplaced(), **kwargs)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        if not request.POST.get("confirmed"):
            return self.render_to_response(self.get_context_data(unconfirmed=True), status=400)
        confirm(by=request.user)  # type: ignore[arg-type]
        messages.success(request, _("Confirmed: payments and mail go out from here."))
        return redirect("tenancy_installation")


class HeldBackPanel(Component):
    """A panel of the admin's first page; empty where nothing is held back."""

    name = "held_back"
    template_name = "tenancy/held_back.html"
    order = 10

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        return held_back(parent_context["request"])


def held_back(request: HttpRequest) -> dict[str, Any]:
    """Return, for `tenancy/held_back.html`, whether the host's tenant is kept from writing to Stripe
    and from sending mail, and where this person can confirm it; "" for who may not.
    """
    is_superuser = request.user.is_superuser  # type: ignore[union-attr]
    return {
        "held_back": not is_at_home(current_site(request)),
        "confirm_url": reverse("tenancy_installation") if is_superuser else "",
    }
