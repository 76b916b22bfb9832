from django.apps import AppConfig


class TenancyConfig(AppConfig):
    name = "krate_site.tenancy"
    label = "tenancy"
    verbose_name = "Tenants"

    def ready(self) -> None:
        from wagtail.models import Site

        from krate_site.tenancy.content_signals import watch
        from krate_site.tenancy.permissions import register_policies
        from krate_site.tenancy.sites import validate_hostname

        Site._meta.get_field("hostname").validators.append(validate_hostname)
        register_policies()
        watch()
