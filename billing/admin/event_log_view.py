"""The event log: what Stripe told this tenant, what became of it, and another try (rule W7).

Above it stand the members who pay twice, with the button that ends that (rule B7).
"""

import json
from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django_filters import CharFilter
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.views import generic

from billing.member_subscription import member_of_customer
from billing.models import Customer, Reconciliation, WebhookEvent
from billing.models.ledger import Heading
from billing.permissions import BillingPermissionPolicy, may, refuse_unless_may
from billing.reconcile.report import TITLES
from billing.stripe_api.errors import StripeBusy, StripeProblem, StripeUnreachable, refusal
from billing.subscriptions.duplicates import cancel_newer, members_noticed_with_two
from billing.tenant_billing import load_tenant
from billing.webhooks.event import MalformedEventError
from billing.webhooks.event_log import in_words
from billing.webhooks.processing import replay
from krate_site.domain_names import address_to_find
from krate_site.tenancy.admin_access import scoped_to_tenant
from krate_site.tenancy.scoping import TenantViewSet
from krate_site.tenancy.sites import current_site

Outcome = WebhookEvent.Outcome


def with_member(events: QuerySet[WebhookEvent]) -> QuerySet[WebhookEvent]:
    """Add the address of the member whom each event is about."""
    owner = Customer.objects.filter(
        site=OuterRef("site"), stripe_id=OuterRef("customer_id_at_stripe")
    )
    return events.annotate(member=Subquery(owner.values("user__email")[:1]))


class EventFilters(WagtailFilterSet):
    """By outcome, type and member."""

    type = CharFilter(lookup_expr="icontains", label=gettext_lazy("Type"))
    member = CharFilter(method="of_member", label=gettext_lazy("Member's address"))

    class Meta:
        model = WebhookEvent
        fields = ["outcome", "type", "member"]

    def of_member(
        self, events: QuerySet[WebhookEvent], name: str, value: str
    ) -> QuerySet[WebhookEvent]:
        owner = Customer.objects.filter(
            site=OuterRef("site"),
            stripe_id=OuterRef("customer_id_at_stripe"),
            user__email__icontains=address_to_find(value),
        )
        return events.filter(Exists(owner))


def reason_of(event: WebhookEvent) -> str:
    """Return why an event was ignored, waits or failed; nothing of what was applied."""
    return event.error.split("\n")[0][:120] or in_words(event.reason)


class EventList(generic.IndexView):
    """The newest first, with the last comparison with Stripe above them."""

    page_title = gettext_lazy("Events from Stripe")
    template_name = "billing/admin/events.html"
    results_template_name = "billing/admin/events_results.html"
    default_ordering = "-pk"
    is_searchable = False

    def get_base_queryset(self) -> QuerySet[WebhookEvent]:
        return with_member(super().get_base_queryset()).defer("payload")

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(*args, **kwargs)
        run = Reconciliation.objects.filter(site=current_site(self.request)).first()
        context["reconciliation"] = run
        context["drift"] = drift_of(run) if run else []
        context["left_to_repair"] = any(left for *_found, left in context["drift"])
        tenant = load_tenant(current_site(self.request))
        context["paying_twice"] = members_noticed_with_two(tenant)
        return context


def drift_of(run: Reconciliation) -> list[tuple[Any, int, list[str]]]:
    """Return the headline, and each heading that something was found under: how many, which are left."""
    rows = []
    for heading in Heading:
        found = run.findings.get(heading, [])
        if not found and heading != Heading.PAID_WITHOUT_ACCESS:
            continue
        rows.append((TITLES[heading], len(found), run.left(heading)))
    return rows


class EventDetails(generic.InspectView):
    """One event: what became of it, what is kept of it, and the button to try it again."""

    page_title = gettext_lazy("Event from Stripe")
    template_name = "billing/admin/event.html"

    def get_field_display_value(self, field_name: str, field: Any) -> Any:
        value = super().get_field_display_value(field_name, field)
        return "–" if value == "" else value

    def get_reason_display_value(self) -> str:
        return in_words(self.object.reason) or "–"

    def get_customer_id_at_stripe_display_value(self) -> str:
        stripe_id = self.object.customer_id_at_stripe
        member = member_of_customer(self.object.site, stripe_id)
        if not member:
            return stripe_id or "–"
        url = reverse("members:inspect", args=[member.pk])
        return format_html('{} · <a href="{}">{}</a>', stripe_id, url, member.user.email)

    def get_livemode_display_value(self) -> str:
        return _("yes") if self.object.livemode else _("no")

    def get_payload_display_value(self) -> SafeString:
        if self.object.payload is None:
            return format_html("<em>{}</em>", _("Not kept."))
        return format_html("<pre>{}</pre>", json.dumps(self.object.payload, indent=2))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        context["may_replay"] = self.object.may_be_replayed and may(
            self.request.user, "change", WebhookEvent, current_site(self.request)
        )
        return context


class EventLog(TenantViewSet):
    """Read-only but for the replay."""

    model = WebhookEvent
    name = "billing_events"
    url_prefix = "billing/events"
    icon = "history"
    menu_label = gettext_lazy("Events from Stripe")
    menu_order = 210
    add_to_settings_menu = True
    inspect_view_enabled = True
    form_fields = ["type"]
    index_view_class = EventList
    inspect_view_class = EventDetails
    filterset_class = EventFilters
    inspect_view_fields = [
        "event_id",
        "type",
        "received_at",
        "outcome",
        "reason",
        "error",
        "attempts",
        "customer_id_at_stripe",
        "subscription_id_at_stripe",
        "livemode",
        "api_version",
        "payload",
    ]

    @cached_property
    def permission_policy(self) -> BillingPermissionPolicy:
        return BillingPermissionPolicy(WebhookEvent)

    @cached_property
    def list_display(self) -> list[Column]:
        return [
            TitleColumn(
                "type",
                label=gettext_lazy("Type"),
                url_name=self.get_url_name("inspect"),
            ),
            Column("outcome", label=gettext_lazy("Outcome"), accessor="get_outcome_display"),
            Column("reason", label=gettext_lazy("Why"), accessor=reason_of),
            Column("member", label=gettext_lazy("Member")),
            DateColumn("received_at", label=gettext_lazy("Received"), sort_key="received_at"),
        ]

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            *super().get_urlpatterns(),
            path("inspect/<int:pk>/", self.inspect_view, name="inspect"),
            path("replay/<int:pk>/", replay_event, name="replay"),
            path("cancel-newer/<int:user_id>/", cancel_newer_subscription, name="cancel_newer"),
        ]


@scoped_to_tenant
@require_POST
def replay_event(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Apply an event again that failed or waits; everything else stays as it is."""
    site = current_site(request)
    event = get_object_or_404(WebhookEvent, pk=pk, site=site)
    refuse_unless_may(request.user, "change", WebhookEvent, site)
    if event.payload is not None and not event.may_be_replayed:
        messages.info(request, _("There is nothing to try again: this event is done."))
        return redirect("billing_events:inspect", pk)
    try:
        outcome = replay(load_tenant(site), event)
    except MalformedEventError:
        messages.error(request, _("The content of this event isn't kept any more."))
    else:
        words = _("Tried again: %(outcome)s.") % {"outcome": Outcome(outcome).label}
        tried = messages.error if outcome in WebhookEvent.FAILURES else messages.success
        tried(request, words)
    return redirect("billing_events:inspect", pk)


@scoped_to_tenant
@require_POST
def cancel_newer_subscription(request: HttpRequest, user_id: int) -> HttpResponseBase:
    """Cancel the newer of a member's two Pro subscriptions at Stripe (rule B7)."""
    site = current_site(request)
    refuse_unless_may(request.user, "change", WebhookEvent, site)
    try:
        cancelled = cancel_newer(load_tenant(site), user_id)
    except StripeBusy as problem:
        messages.error(request, refusal(problem))
        return redirect("billing_events:index")
    except StripeUnreachable:
        words = _(
            "Stripe didn't answer. Whether it cancelled the subscription, this page says in a minute."
        )
        messages.error(request, words)
        return redirect("billing_events:index")
    except StripeProblem as problem:
        messages.error(request, refusal(problem))
        return redirect("billing_events:index")
    if cancelled is None:
        messages.info(request, _("There are no two subscriptions any more."))
    else:
        words = _("%(subscription)s is cancelled. Refund its payment in your Stripe dashboard.")
        messages.success(request, words % {"subscription": cancelled.stripe_id})
    return redirect("billing_events:index")
