"""Which tenants have billing: for platform administrators, that is superusers, alone (rules T3, R20)."""

from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.models import Site

from billing.models.mirror import FINAL_STATUSES
from billing.permissions import billing_enabled
from billing.switching import live_subscriptions, switch_off, switch_on
from membership.models import User

# As many as fit on a page; the count says how many more there are.
MOST_LISTED = 50


class PlatformView(WagtailAdminTemplateMixin, TemplateView):
    """A page of the admin that shows all tenants, so only superusers may see it."""

    _show_breadcrumbs = True
    header_icon = "site"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_superuser:
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)


class TenantsView(PlatformView):
    """All tenants, and whether they sell."""

    page_title = gettext_lazy("Tenants")
    template_name = "billing/admin/tenants.html"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [*self.breadcrumbs_items, {"url": "", "label": _("Tenants")}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(sites=tenants(), **kwargs)


def tenants() -> QuerySet[Site]:
    """Return every tenant with what its row shows."""
    live = ~Q(subscriptions__status__in=FINAL_STATUSES) & Q(
        subscriptions__customer__user__isnull=False
    )
    return (
        Site.objects.select_related("features")
        .annotate(live=Count("subscriptions", filter=live))
        .order_by("hostname")
    )


class SwitchView(PlatformView):
    """One tenant's billing: on at a click, off after a look at who still pays."""

    template_name = "billing/admin/switch.html"

    @cached_property
    def site(self) -> Site:
        return get_object_or_404(Site, pk=self.kwargs["pk"])

    @property
    def page_title(self) -> str:
        return _("Billing of %(tenant)s") % {"tenant": self.site}

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [
            *self.breadcrumbs_items,
            {"url": reverse("tenant_features"), "label": _("Tenants")},
            {"url": "", "label": self.page_title},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        live = live_subscriptions(self.site)
        return super().get_context_data(
            tenant=self.site,
            is_enabled=billing_enabled(self.site.pk),
            live_count=live.count(),
            live=live.select_related("customer__user").order_by("-pk")[:MOST_LISTED],
            **kwargs,
        )

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        user = cast(User, request.user)
        wanted = request.POST.get("billing")
        if wanted == "on":
            switch_on(self.site, by=user)
            messages.success(request, _("Billing is on for %(tenant)s.") % {"tenant": self.site})
            return redirect("tenant_features")
        if wanted != "off" or not request.POST.get("confirmed"):
            return self.render_to_response(self.get_context_data(unconfirmed=True), status=400)
        switch_off(self.site, by=user)
        messages.success(request, _("Billing is off for %(tenant)s.") % {"tenant": self.site})
        return redirect("tenant_features")
