import sys

from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"

    def ready(self) -> None:
        from billing.emails import customer_email
        from billing.provider import StripeProvider
        from billing.reconcile import daily
        from billing.setup import billing_toggle
        from billing.setup import signals as setup_signals
        from billing.subscriptions import delete_protection  # noqa: F401 - listens to deletions
        from membership.billing_provider import register_billing_provider

        register_billing_provider(StripeProvider())
        # What was queued before an upgrade names its task by the module of then; until the release
        # after the one that moved it.
        sys.modules |= {
            "billing.addresses": customer_email,
            "billing.daily": daily,
            "billing.following": setup_signals,
            "billing.switching": billing_toggle,
        }
