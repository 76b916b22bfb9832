from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"

    def ready(self) -> None:
        # They listen to changes and deletions.
        from billing import addresses, following, guards, shown  # noqa: F401
        from billing.admin.back_office import StripeBackOffice
        from billing.seller import StripeSeller
        from membership.billing_provider import register_back_office, register_seller

        register_seller(StripeSeller())
        register_back_office(StripeBackOffice())
