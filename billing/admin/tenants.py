"""Which tenants have billing: for platform administrators, that is superusers, alone (rules T3, R20)."""

from dataclasses import dataclass
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.models import Site

from billing.models import BillingSettings, Subscription, WebhookEvent
from billing.permissions import billing_enabled
from billing.setup.billing_toggle import switch
from billing.setup.checks import ATTENTION
from billing.stripe_ids import Mode
from membership.models import Membership, User

# As many as fit on a page; the count says how many more there are.
MOST_LISTED = 50
TENANTS_A_PAGE = 50


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
        words = self.request.GET.get("q", "").strip()
        paginator = Paginator(tenants(words), TENANTS_A_PAGE)
        page = paginator.get_page(self.request.GET.get("p"))
        rows = [Row(site, *standing_of(site)) for site in page]
        return super().get_context_data(rows=rows, page=page, words=words, **kwargs)


@dataclass(frozen=True)
class Row:
    """A tenant with the mode of its keys, and whether its checklist needs attention."""

    site: Site
    mode: Mode | None
    needs_attention: bool


def standing_of(site: Site) -> tuple[Mode | None, bool]:
    """Return test, live or None, and whether something of its billing doesn't work."""
    billing_settings: BillingSettings | None = getattr(site, "billingsettings", None)
    if billing_settings is None:
        return None, False
    amiss = any(finding["state"] == ATTENTION for finding in billing_settings.findings)
    return billing_settings.readable_mode, amiss


def tenants(words: str = "") -> QuerySet[Site]:
    """Return the tenants, all or those by host or name, with what their rows show.

    The counts are made for the rows of a page, not for all that there are.
    """
    sites = Site.objects.select_related("features", "billingsettings").order_by("hostname")
    for word in words.split():
        sites = sites.filter(Q(hostname__icontains=word) | Q(site_name__icontains=word))
    charged = Subscription.objects.charged().filter(site=OuterRef("pk"))
    events = WebhookEvent.objects.filter(site=OuterRef("pk")).order_by("-received_at")
    return sites.annotate(
        live=number_of(charged),
        members=number_of(Membership.objects.filter(site=OuterRef("pk"))),
        last_event=Subquery(events.values("received_at")[:1]),
    )


def number_of(rows: QuerySet[Any]) -> Coalesce:
    """Return a count of rows for each row of an outer query."""
    counted = rows.order_by().values("site").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


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
        live = Subscription.objects.charged().filter(site=self.site)
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
            switch(self.site, on=True, by=user)
            messages.success(request, _("Billing is on for %(tenant)s.") % {"tenant": self.site})
            return redirect("tenant_features")
        if wanted != "off" or not request.POST.get("confirmed"):
            return self.render_to_response(self.get_context_data(unconfirmed=True), status=400)
        switch(self.site, on=False, by=user)
        messages.success(request, _("Billing is off for %(tenant)s.") % {"tenant": self.site})
        return redirect("tenant_features")
