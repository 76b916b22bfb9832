"""Wagtail's permission policies, narrowed to the tenant whose host is asked (rule T4).

A group counts at its own tenant's host only, so that somebody who works for two tenants sees
one at a time, and somebody without a group here has no admin here. Pages and collections are
moreover the tenant's own, whatever a group was granted by mistake. Superusers keep Wagtail's
pages, images and documents of every tenant; what is ours shows them the host's tenant alone.
Outside of requests (commands) there is no host, and Wagtail's own rules hold.
"""

from collections.abc import Collection as Several
from typing import Any

from django.db.models import Model, QuerySet
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import (
    AbstractPage,
    Collection,
    GroupCollectionPermission,
    GroupPagePermission,
    GroupSitePermission,
    Page,
    Site,
)
from wagtail.permission_policies.collections import (
    CollectionManagementPermissionPolicy,
    CollectionOwnershipPermissionPolicy,
)
from wagtail.permission_policies.pages import PagePermissionPolicy
from wagtail.permission_policies.sites import SitePermissionPolicy
from wagtail.permissions import register_permission_policy

from krate_site.tenancy.ownership import collection_path, groups_of
from krate_site.tenancy.sites import active_site


def works_for(user: Any, site: Site) -> bool:
    """Return whether this person is of the tenant's team: of its two groups, or a superuser."""
    if not user.is_active:
        return False
    return user.is_superuser or groups_of(site).filter(user=user).exists()


class TenantPagePermissionPolicy(PagePermissionPolicy):
    """Page permissions of the active tenant's groups, on its own pages."""

    def get_all_permissions_for_user(self, user: Any) -> QuerySet[GroupPagePermission]:
        permissions = super().get_all_permissions_for_user(user)
        site = active_site()
        if site is None:
            return permissions
        return permissions.filter(
            group__in=groups_of(site), page__path__startswith=site.root_page.path
        )


class TenantCollections:
    """Collection permissions of the active tenant's groups, in its own collections."""

    def get_all_permissions_for_user(self, user: Any) -> QuerySet[GroupCollectionPermission]:
        permissions = super().get_all_permissions_for_user(user)  # type: ignore[misc]
        site = active_site()
        if site is None:
            return permissions
        return permissions.filter(
            group__in=groups_of(site), collection__path__startswith=collection_path(site)
        )


class TenantFilePermissionPolicy(TenantCollections, CollectionOwnershipPermissionPolicy):
    """For images and documents."""


class TenantCollectionPermissionPolicy(TenantCollections, CollectionManagementPermissionPolicy):
    """For the collections themselves."""

    def _descendants_with_perm(self, user: Any, action: str) -> QuerySet[Any]:
        # Wagtail asks the user's groups here without the method above.
        found = super()._descendants_with_perm(user, action)
        site = active_site()
        return found if site is None else found.filter(path__startswith=collection_path(site))


class TenantPermissionPolicy(SitePermissionPolicy):
    """For rows with a `site`, settings among them: granted for one site, at that site's host.

    Wagtail's `SitePermissionPolicy` lets an ordinary `change_…` permission open every site;
    this one knows only `GroupSitePermission`.
    """

    def get_all_permissions_for_user(self, user: Any) -> QuerySet[GroupSitePermission]:
        permissions = super().get_all_permissions_for_user(user)
        site = active_site()
        if site is None:
            return permissions
        return permissions.filter(group__in=groups_of(site), site=site)

    def _user_has_global_permission(self, user: Any, actions: Several[str]) -> bool:
        return False

    def user_has_any_permission_for_instance(
        self, user: Any, actions: Several[str], instance: Model
    ) -> bool:
        site = active_site()
        if site is not None and self.site_id_of(instance) != site.pk:
            return False
        return super().user_has_any_permission_for_instance(user, actions, instance)

    def sites_user_has_any_permission_for(self, user: Any, actions: Several[str]) -> QuerySet[Site]:
        sites = super().sites_user_has_any_permission_for(user, actions)
        site = active_site()
        return sites if site is None else sites.filter(pk=site.pk)

    def site_id_of(self, instance: Model) -> Any:
        """Return the key of the site that a row belongs to, or is."""
        if isinstance(instance, Site):
            return instance.pk
        return getattr(instance, self.site_fk_field_name)


def register_policies() -> None:
    """Put these policies in the place of Wagtail's; called once, when the apps are ready."""
    register_permission_policy(AbstractPage, TenantPagePermissionPolicy(Page))
    register_permission_policy(Collection, TenantCollectionPermissionPolicy(Collection))
    # By exact class: Wagtail registers its own for these models when its apps are ready.
    for model, auth_model in (
        (get_image_model(), "wagtailimages.Image"),
        (get_document_model(), "wagtaildocs.Document"),
    ):
        register_permission_policy(
            model,
            TenantFilePermissionPolicy(
                model, auth_model=auth_model, owner_field_name="uploaded_by_user"
            ),
            exact_class=True,
        )
