"""What to copy into Stripe to register the webhook by hand (R18)."""

from typing import Any

from wagtail.admin.panels import Panel

from billing.endpoint import webhook_url
from billing.events import EVENT_TYPES


class WebhookPanel(Panel):
    """A panel of the settings form without any field of it."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "billing/admin/webhook.html"

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            context: dict[str, Any] = super().get_context_data(parent_context)
            context["webhook_url"] = webhook_url(self.instance.site)
            context["event_types"] = EVENT_TYPES
            return context
