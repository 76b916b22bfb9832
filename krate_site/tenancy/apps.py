from django.apps import AppConfig


class TenancyConfig(AppConfig):
    name = "krate_site.tenancy"
    label = "tenancy"
    verbose_name = "Tenants"

    def ready(self) -> None:
        from krate_site.tenancy.changes import watch
        from krate_site.tenancy.permissions import register_policies

        register_policies()
        watch()
