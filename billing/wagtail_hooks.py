"""Billing's places in Wagtail's admin."""

from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.log_actions import LogFormatter

from billing.admin import actions
from billing.admin.event_log_view import EventLog
from billing.admin.member_section import ask_again
from billing.admin.settings_view import BillingSettingsView, to_own_settings
from billing.admin.tenants import SwitchView, TenantsView
from billing.models import BillingSettings, TenantFeatures
from membership.audit_log import TenantLogEntry, noted_for_tenant


@hooks.register("register_icons")
def register_icons(icons: list[str]) -> list[str]:
    return [*icons, "billing/icons/credit-card.svg"]


@hooks.register("register_admin_viewset")
def register_event_log() -> EventLog:
    return EventLog()


@hooks.register("register_admin_urls")
def register_admin_urls() -> list[URLPattern]:
    own = "settings/billing/"
    # Before Wagtail's own routes, which fall back to any site that the user may edit.
    wagtails = "settings/billing/billingsettings/"
    return [
        path(own, BillingSettingsView.as_view(), name="billing_settings"),
        path(f"{own}check/", actions.check_again, name="billing_check"),
        path(f"{own}webhook/", actions.create_webhook_endpoint, name="billing_create_endpoint"),
        path(f"{own}previous/", actions.end_previous, name="billing_end_previous_secret"),
        path(f"{own}portal/", actions.test_portal, name="billing_test_portal"),
        path("billing/members/<int:pk>/ask/", ask_again, name="billing_ask_again"),
        path("tenants/", TenantsView.as_view(), name="tenant_features"),
        path("tenants/<int:pk>/billing/", SwitchView.as_view(), name="tenant_billing"),
        path(wagtails, to_own_settings),
        path(f"{wagtails}<int:pk>/", to_own_settings),
        path(f"{wagtails}<int:pk>/<path:rest>", to_own_settings),
    ]


class TenantsMenuItem(MenuItem):
    """For platform administrators."""

    def is_shown(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)


@hooks.register("register_settings_menu_item")
def register_tenants_menu_item() -> MenuItem:
    return TenantsMenuItem(
        _("Tenants"), reverse("tenant_features"), name="tenants", icon_name="site", order=900
    )


class ChangeSettingsFormatter(LogFormatter):
    """Which settings were changed, by the names that the form has for them."""

    label = _("Change billing settings")

    def format_message(self, log_entry: TenantLogEntry) -> str:
        names = log_entry.data.get("settings", [])
        fields = [BillingSettings._meta.get_field(name) for name in names]
        words = ", ".join(str(getattr(field, "verbose_name", field.name)) for field in fields)
        return _("Changed: %(settings)s") % {"settings": words or "–"}


@hooks.register("register_log_actions")
def register_log_actions(actions: Any) -> None:
    noted_for_tenant(actions, BillingSettings, TenantFeatures)
    actions.register_action(
        "billing.create_endpoint",
        _("Create webhook endpoint"),
        _("Webhook endpoint created at Stripe"),
    )
    actions.register_action(
        "billing.end_previous_secret",
        _("End previous signing secret"),
        _("Previous signing secret ended"),
    )
    actions.register_action("billing.go_live", _("Switch to live mode"), _("Switched to live mode"))
    actions.register_action(
        "billing.leave_live", _("Switch back to test mode"), _("Switched back to test mode")
    )
    actions.register_action("billing.change_settings")(ChangeSettingsFormatter)
    actions.register_action("billing.switch_on", _("Switch billing on"), _("Billing switched on"))
    actions.register_action(
        "billing.switch_off", _("Switch billing off"), _("Billing switched off")
    )
