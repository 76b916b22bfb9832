"""Signing in as allauth does it, with the rights that a person has at this host."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.models import Permission
from django.db.models import QuerySet

from krate_site.tenancy.ownership import groups_of
from krate_site.tenancy.sites import active_site


class TenantBackend(AuthenticationBackend):
    """Rule T4: outside a tenant's team, a person has no admin at the tenant's host.

    Rights come from the active tenant's groups alone. A right given to a person directly would
    hold at every host, so it holds at none; outside of requests Django's own rules hold.
    """

    def _get_user_permissions(self, user_obj: Any) -> QuerySet[Permission]:
        if active_site() is not None:
            return Permission.objects.none()
        return super()._get_user_permissions(user_obj)  # type: ignore[misc,no-any-return]

    def _get_group_permissions(self, user_obj: Any) -> QuerySet[Permission]:
        site = active_site()
        if site is None:
            return super()._get_group_permissions(user_obj)  # type: ignore[misc,no-any-return]
        groups = groups_of(site).filter(user=user_obj)
        return Permission.objects.filter(group__in=groups)
