"""Who may see and change a tenant's billing settings (rule T3)."""

from collections.abc import Collection
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Model, Q, QuerySet
from wagtail.models import Site

from krate_site.tenancy.permissions import TenantPermissionPolicy


class BillingPermissionPolicy(TenantPermissionPolicy):
    """Permissions for a tenant's record, where a platform administrator enabled billing.

    Asks for `billing_enabled` before anything else, superusers included.
    """

    def user_has_any_permission(self, user: Any, actions: Collection[str]) -> bool:
        return bool(self.sites_user_has_any_permission_for(user, actions).exists())

    def user_has_any_permission_for_instance(
        self, user: Any, actions: Collection[str], instance: Model
    ) -> bool:
        return billing_enabled(self._site_id(instance)) and bool(
            super().user_has_any_permission_for_instance(user, actions, instance)
        )

    def sites_user_has_any_permission_for(
        self, user: Any, actions: Collection[str]
    ) -> QuerySet[Site]:
        sites: QuerySet[Site] = super().sites_user_has_any_permission_for(user, actions)
        return sites.filter(features__billing_enabled=True)

    def users_with_any_permission(self, actions: Collection[str]) -> QuerySet[Any]:
        sites = Site.objects.filter(features__billing_enabled=True)
        return self._users_for_sites(actions, sites)

    def users_with_any_permission_for_instance(
        self, actions: Collection[str], instance: Model
    ) -> QuerySet[Any]:
        sites = Site.objects.filter(pk=self._site_id(instance), features__billing_enabled=True)
        return self._users_for_sites(actions, sites)

    def _users_for_sites(self, actions: Collection[str], sites: QuerySet[Site]) -> QuerySet[Any]:
        users = get_user_model().objects
        if not sites.exists():
            return users.none()
        permissions = self._get_permission_objects_for_actions(actions)
        granted = Q(
            groups__site_permissions__permission__in=permissions,
            groups__site_permissions__site__in=sites,
        )
        return users.filter(Q(is_superuser=True) | granted, is_active=True).distinct()

    def _site_id(self, instance: Model) -> Any:
        return instance.pk if isinstance(instance, Site) else self.site_id_of(instance)


def billing_enabled(site_id: int | None) -> bool:
    """Return whether a platform administrator enabled billing for this tenant."""
    return Site.objects.filter(pk=site_id, features__billing_enabled=True).exists()
