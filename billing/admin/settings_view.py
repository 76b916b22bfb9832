"""`/admin/settings/billing/`: this host's own billing settings, or a refusal (rule T3).

Its webhook panel shows what to copy into Stripe to register the webhook by hand (R18).
"""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, ObjectList, Panel
from wagtail.contrib.settings.views import EditView
from wagtail.log_actions import log

from billing.admin.checklist import with_evidence
from billing.models import BillingSettings
from billing.models.secrets import SecretUnreadableError
from billing.permissions import refuse_unless_may
from billing.setup.check_messages import checklist
from billing.setup.inspection import inspect
from billing.setup.settings_form import BillingSettingsForm
from billing.setup.webhook_endpoint import create_endpoint, webhook_url
from billing.stripe_api.errors import StripeProblem, refusal
from billing.webhooks import EVENT_TYPES
from billing.webhooks.signing_secrets import previous_secret, previous_valid_until
from krate_site.tenancy.admin_access import scoped_to_tenant
from krate_site.tenancy.clone_guard_view import held_back
from krate_site.tenancy.sites import current_site


class WebhookPanel(Panel):
    """A panel of the settings form without any field of it."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "billing/admin/webhook.html"

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            context: dict[str, Any] = super().get_context_data(parent_context)
            context["webhook_url"] = webhook_url(self.instance.site)
            context["event_types"] = EVENT_TYPES
            return context


class ConfirmationPanel(FieldPanel):
    """A box that is there only once it must be ticked."""

    class BoundPanel(FieldPanel.BoundPanel):
        def is_shown(self) -> bool:
            return super().is_shown() and bool(self.bound_field.errors or self.bound_field.value())


PANELS: list[Panel] = [
    MultiFieldPanel(
        [
            FieldPanel("publishable_key"),
            FieldPanel("secret_key"),
            FieldPanel("webhook_secret"),
            ConfirmationPanel("leave_live"),
        ],
        heading=_("Keys"),
        icon="key",
        help_text=_(
            "Copy them from your Stripe account: the first two under Developers → API keys, the "
            "signing secret from your webhook endpoint. A restricted key is enough as secret key. "
            "A signing secret counts for the mode, test or live, of the keys that are saved with it."
        ),
    ),
    MultiFieldPanel(
        [FieldRowPanel([FieldPanel("monthly_price_id"), FieldPanel("annual_price_id")])],
        heading=_("Prices"),
        icon="tag",
        help_text=_("One product at Stripe with two recurring prices, monthly and annual."),
    ),
    WebhookPanel(heading=_("Webhook"), icon="link-external"),
    MultiFieldPanel(
        [
            FieldPanel("trial_days"),
            FieldPanel("allow_promotion_codes"),
            FieldPanel("past_due_grace_days"),
            FieldPanel("renewal_allowance_days"),
        ],
        heading=_("Policies"),
        icon="sliders",
    ),
]


# What is said where a change of mode leaves the tenant without an endpoint of that mode.
WITHOUT_ENDPOINT = {
    "live": _(
        "The webhook endpoint of live mode is missing: %(reason)s Until there is one, Stripe's "
        "events are refused."
    ),
    "test": _(
        "The webhook endpoint of test mode is missing: %(reason)s Until there is one, Stripe's "
        "events are refused."
    ),
}


def settings_to_change(request: HttpRequest) -> BillingSettings:
    """Return the host's own billing settings; raises PermissionDenied for who may not."""
    site = current_site(request)
    refuse_unless_may(request.user, "change", BillingSettings, site)
    return BillingSettings.for_site(site)


class BillingSettingsView(EditView):
    """Wagtail's settings form, with a checklist of what works above it."""

    template_name = "billing/admin/settings.html"
    scoped_to_tenant = True

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        # Whatever was typed into the secrets' fields stays out of error reports.
        request.sensitive_post_parameters = "__ALL__"  # type: ignore[attr-defined]
        super().setup(request, "billing", "billingsettings", pk=current_site(request).pk)

    def get_panel(self) -> Panel:
        panel = ObjectList(PANELS, base_form_class=BillingSettingsForm)
        return panel.bind_to_model(BillingSettings)

    def get_edit_url(self) -> str:
        return reverse("billing_settings")

    def save_instance(self) -> BillingSettings:
        """Save, and note in the log which settings changed; never to what (rule B3)."""
        saved: BillingSettings = self.form.save()
        # What was confirmed is no setting, and is noted by itself.
        names = [name for name in self.form.changed_data if name in self.form.cleaned_data]
        log(saved, "billing.change_settings", user=self.request.user, data={"settings": names})
        return saved

    def form_valid(self, form: BaseForm) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        answered = form.stripe_answered  # type: ignore[attr-defined]
        has_new_secret = "webhook_secret" in form.changed_data
        if form.goes_live:  # type: ignore[attr-defined]
            log(self.object, "billing.go_live", user=self.request.user)
        if form.leaves_live:  # type: ignore[attr-defined]
            log(self.object, "billing.leave_live", user=self.request.user)
        changes_mode = form.goes_live or form.leaves_live  # type: ignore[attr-defined]
        if changes_mode and answered and not has_new_secret:
            self.make_endpoint()
        inspect(self.object, reachable=answered)
        if self.object.secret_key and not answered:
            messages.warning(
                self.request,
                _("Saved, but Stripe couldn't be reached, so nothing was checked. Check later."),
            )
        return response

    def make_endpoint(self) -> None:
        """Make the endpoint of the keys' new mode: the stored secret is the other mode's."""
        try:
            create_endpoint(self.object)
        except StripeProblem as problem:
            words = WITHOUT_ENDPOINT["live" if self.object.mode == "live" else "test"]
            messages.error(self.request, words % {"reason": refusal(problem)})
        self.object.refresh_from_db()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        # Not the form's: that has what was entered, even where it was refused.
        stored = BillingSettings.for_site(self.object.site)
        rows = checklist(stored.findings)
        mode = stored.readable_mode
        context.update(
            rows=list(with_evidence(rows, stored, mode)),
            mode=mode,
            previous=previous_in_words(stored),
            is_active=all(row.works for row in rows),
            checked_at=stored.checked_at,
            has_endpoint=any(row.subject == "webhook" and row.works for row in rows),
            **held_back(self.request),
            site_switcher=None,
            site_for_header=None,
        )
        return context


def previous_in_words(stored: BillingSettings) -> dict[str, Any]:
    """Return of the replaced signing secret what the page says, empty where it counts no longer."""
    try:
        secret = previous_secret(stored)
    except SecretUnreadableError:
        return {}
    if secret is None:
        return {}
    return {
        "last_four": secret.value[-4:],
        "mode": secret.mode,
        "replaced_at": stored.webhook_secret_replaced_at,
        "until": previous_valid_until(stored),
    }


@scoped_to_tenant
def to_own_settings(request: HttpRequest, **_rest: Any) -> HttpResponseBase:
    """Lead Wagtail's own addresses of these settings to the one that knows the host's tenant."""
    site = current_site(request)
    refuse_unless_may(request.user, "change", BillingSettings, site)
    if _rest.get("pk", site.pk) != site.pk:
        raise PermissionDenied
    return redirect("billing_settings")
