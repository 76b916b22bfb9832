"""What Stripe tells by webhook: one registry from an event's type to its handler (rule B10)."""

from billing.webhooks.handlers import EVENT_TYPES, TENANT_NOTICES

__all__ = ["EVENT_TYPES", "TENANT_NOTICES"]
