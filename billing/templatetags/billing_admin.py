"""The banner that says everywhere in the admin that no real money is taken, or that something is amiss."""

from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from billing.member_subscription import brand_in_words
from billing.models import BillingSettings
from billing.permissions import may
from billing.setup.check_messages import REFUSE_EVENTS
from billing.setup.checks import ATTENTION, MISSING
from billing.subscription_status import STATUSES
from billing.tenant_billing import load_tenant
from krate_site.tenancy.sites import current_site

register = template.Library()
register.filter(brand_in_words)

# Where Wagtail's pages begin, right of the sidebar: there the banner is seen at every width.
BEGINNING = '<div class="content">'


@register.filter
def status_words(status: str) -> str:
    """Return a subscription's status in words; one that Stripe has invented since, as it is."""
    return str(STATUSES[status].label)


@register.simple_tag(takes_context=True)
def with_mode_banner(context: dict[str, Any], furniture: SafeString) -> SafeString:
    """Return Wagtail's page with the banner at its beginning, for those whose business it is."""
    request = context.get("request")
    banner = mode_banner(request) if request is not None else ""
    if not banner:
        return furniture
    # Both are rendered templates.
    return mark_safe(furniture.replace(BEGINNING, BEGINNING + banner, 1))  # noqa: S308


def mode_banner(request: Any) -> str:
    """Return the banner's HTML; "" in live mode where all works, and to those who can't change it."""
    if request.resolver_match.view_name == "billing_settings":
        return ""  # it says so itself, with what to do
    site = current_site(request)
    tenant = load_tenant(site)
    if not tenant.enabled:
        return ""
    mode, findings = tenant.settings.readable_mode, tenant.settings.findings
    amiss = mode == "live" and any(finding["state"] in (ATTENTION, MISSING) for finding in findings)
    refuses_events = any(finding.get("code") in REFUSE_EVENTS for finding in findings)
    if mode != "test" and not amiss and not refuses_events:
        return ""
    if not may(request.user, "change", BillingSettings, site):
        return ""
    context = {"mode": mode, "refuses_events": refuses_events}
    return render_to_string("billing/admin/mode_banner.html", context, request=request)
