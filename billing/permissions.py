"""Who may see and change a tenant's billing settings (rule T3)."""

from collections.abc import Collection
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from wagtail.models import Site

from krate_site.tenancy.permissions import TenantPermissionPolicy


class BillingPermissionPolicy(TenantPermissionPolicy):
    """Permissions for a tenant's record, where a platform administrator enabled billing.

    Asks for `billing_enabled` before anything else, superusers included. Of the questions about
    all users only `admins_of` does.
    """

    def user_has_any_permission(self, user: Any, actions: Collection[str]) -> bool:
        return bool(self.sites_user_has_any_permission_for(user, actions).exists())

    def user_has_any_permission_for_instance(
        self, user: Any, actions: Collection[str], instance: Model
    ) -> bool:
        return billing_enabled(self.site_id_of(instance)) and bool(
            super().user_has_any_permission_for_instance(user, actions, instance)
        )

    def sites_user_has_any_permission_for(
        self, user: Any, actions: Collection[str]
    ) -> QuerySet[Site]:
        sites: QuerySet[Site] = super().sites_user_has_any_permission_for(user, actions)
        return sites.filter(features__billing_enabled=True)

    def admins_of(self, site: Site) -> QuerySet[Any]:
        """Return who may change a tenant's record; not superusers, who look after all tenants."""
        users = get_user_model().objects.filter(
            groups__site_permissions__permission__in=self._get_permission_objects_for_actions(
                ["change"]
            ),
            groups__site_permissions__site=site,
            groups__site_permissions__site__features__billing_enabled=True,
        )
        return users.filter(is_active=True, is_superuser=False).distinct()


def may(user: Any, action: str, model: type[Model], site: Site) -> bool:
    """Return whether this person may do this to a tenant's records of a model."""
    return BillingPermissionPolicy(model).user_has_permission_for_instance(user, action, site)


def refuse_unless_may(user: Any, action: str, model: type[Model], site: Site) -> None:
    """Raise PermissionDenied for who may not do this to a tenant's records of a model."""
    if not may(user, action, model, site):
        raise PermissionDenied


def billing_enabled(site_id: int | None) -> bool:
    """Return whether a platform administrator enabled billing for this tenant."""
    return Site.objects.filter(pk=site_id, features__billing_enabled=True).exists()
