"""What Stripe tells by webhook (rule B10)."""

from billing.webhooks.handlers import EVENT_TYPES

__all__ = ["EVENT_TYPES"]
