"""Makes a tenant (rule T5): site, home page, collection, groups with their rights, first admin."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils.text import slugify
from wagtail.models import (
    Collection,
    GroupCollectionPermission,
    GroupPagePermission,
    GroupSitePermission,
    Page,
    Site,
)

from home.models import HomePage
from krate_site.domain_names import LONGEST_DOMAIN, DomainNameError, ascii_domain
from krate_site.tenancy.models import Publication, Tenant
from membership.team import InvitationError, invite_to_group

# What a group may do, as "app.codename". Never add_user, change_user or change_group: with
# those a tenant's admin could make himself a superuser. Nothing of workflows, redirects or
# snippets either, which Wagtail shares between all sites.
EVERYWHERE_AT_ITS_HOST = ("wagtailadmin.access_admin",)
FILES = (
    "wagtailimages.add_image",
    "wagtailimages.change_image",
    "wagtailimages.choose_image",
    "wagtaildocs.add_document",
    "wagtaildocs.change_document",
    "wagtaildocs.choose_document",
)
EDITORS_PAGES = ("add_page", "change_page", "publish_page")
ADMINS_PAGES = (*EDITORS_PAGES, "lock_page", "unlock_page", "bulk_delete_page")
ADMINS_COLLECTIONS = (
    *FILES,
    "wagtailcore.add_collection",
    "wagtailcore.change_collection",
    "wagtailcore.delete_collection",
)
ADMINS_SITE = (
    "tenancy.change_publication",
    "tenancy.change_tenant",
    "membership.view_tenantlogentry",
    "membership.view_membership",
    "membership.change_membership",
    "billing.change_billingsettings",
    "billing.view_customer",
    "billing.view_subscription",
    "billing.view_invoice",
    "billing.view_webhookevent",
    "billing.change_webhookevent",
)

LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


class TenantError(Exception):
    """A tenant can't be made as asked; the message says why and what to do."""


@dataclass
class Outcome:
    """The tenant, and in words what had to be made for it: nothing, where all was there."""

    site: Site
    done: list[str] = field(default_factory=list)


@transaction.atomic
def create_tenant(
    *,
    hostname: str,
    name: str,
    port: int = 443,
    language: str = settings.LANGUAGE_CODE,
    admin_email: str | None = None,
) -> Outcome:
    """Make whatever this tenant lacks, and mail its first admin an invitation.

    What is there already stays as it is, so it can be run again without harm. Raises
    `TenantError` for a bad hostname, port or language, and where the hostname is a tenant's
    of another name or port: a slip of the pen must not take over a living tenant.
    """
    hostname = checked_hostname(hostname)
    if not name.strip():
        raise TenantError("A tenant needs a name: --name 'The Gazette'.")
    if not 1 <= port <= 65535:
        raise TenantError(f"{port} is no port: 443 for https, 80 for http, or up to 65535.")
    if language not in dict(settings.LANGUAGES):
        known = ", ".join(code for code, _name in settings.LANGUAGES)
        raise TenantError(f"There is no language {language!r} here; choose one of {known}.")

    # Whoever else makes a tenant now waits here, so that two runs don't both make everything.
    root = Page.objects.select_for_update().get(depth=1)
    outcome = Outcome(site=find_or_make_site(root=root, hostname=hostname, name=name, port=port))
    site = outcome.site
    if not Tenant.objects.filter(site=site).exists():
        outcome.done.append(f"made {name} at {site.root_url}")
    _publication, made = Publication.objects.get_or_create(
        site=site, defaults={"language": language}
    )
    if made:
        outcome.done.append(f"set its language to {language}")
    tenant = find_or_make_tenant(site)
    granted = grant_rights(tenant)
    if granted:
        outcome.done.append(f"granted its groups {granted} rights")
    try:
        if admin_email and invite_to_group(site=site, group=tenant.admins, email=admin_email):
            outcome.done.append(f"invited {admin_email} as an admin")
    except InvitationError as error:
        raise TenantError(str(error)) from error
    return outcome


def checked_hostname(hostname: str) -> str:
    """Return a bare host name as browsers send it; raises `TenantError` for anything else."""
    if "://" in hostname:
        raise TenantError(f"Leave the scheme away: {hostname.split('://', 1)[1]!r}.")
    if "/" in hostname or "?" in hostname:
        raise TenantError(
            f"A tenant is a host, not an address: leave the path of {hostname!r} away."
        )
    if ":" in hostname:
        raise TenantError(f"Give the port of {hostname!r} as --port.")
    if not hostname.isascii():
        try:
            hostname = ascii_domain(hostname)
        except DomainNameError as error:
            raise TenantError(str(error)) from error
    if hostname != hostname.lower():
        raise TenantError(f"Write it in lower case: {hostname.lower()!r}.")
    if len(hostname) > LONGEST_DOMAIN or not all(
        LABEL.fullmatch(label) for label in hostname.split(".")
    ):
        raise TenantError(
            f"{hostname!r} is no host name: letters, digits and hyphens, parted by single dots."
        )
    return hostname


def find_or_make_site(*, root: Page, hostname: str, name: str, port: int) -> Site:
    """Return the tenant's Site with its home page."""
    site = Site.objects.filter(hostname=hostname).first()
    if site is None:
        slug = slugify(hostname.replace(".", "-"))
        home_page = root.add_child(instance=HomePage(title=name, slug=slug))
        home_page.save_revision().publish()
        return Site.objects.create(
            hostname=hostname, port=port, site_name=name, root_page=home_page
        )
    if site.site_name != name:
        raise TenantError(
            f"{hostname} is there already, by the name of {site.site_name!r}. To fill in what it "
            f"lacks, give that name; to rename it, use the admin under Settings, Sites."
        )
    if site.port != port:
        raise TenantError(
            f"{hostname} is there already, with port {site.port}: give --port {site.port}."
        )
    return site


def find_or_make_tenant(site: Site) -> Tenant:
    """Return what this site owns, made where it is missing."""
    tenant = Tenant.objects.filter(site=site).first()
    if tenant is None:
        tenant = Tenant.objects.create(
            site=site,
            collection=Collection.get_first_root_node().add_child(name=site.hostname),
            admins=Group.objects.create(name=free_group_name(f"{site.hostname} admins")),
            editors=Group.objects.create(name=free_group_name(f"{site.hostname} editors")),
        )
    return tenant


def free_group_name(name: str) -> str:
    """Return the name, refusing one that is taken: its members would get rights unasked."""
    if Group.objects.filter(name=name).exists():
        raise TenantError(
            f"There is a group {name!r} that is no tenant's. Rename or delete it, then try again."
        )
    return name


def grant_rights(tenant: Tenant) -> int:
    """Give both groups the rights that they lack; return how many that were."""
    granted = 0
    for group, page_rights, file_rights, site_rights in (
        (tenant.admins, ADMINS_PAGES, ADMINS_COLLECTIONS, ADMINS_SITE),
        (tenant.editors, EDITORS_PAGES, FILES, ()),
    ):
        for permission in permissions(f"wagtailcore.{name}" for name in page_rights):
            granted += GroupPagePermission.objects.get_or_create(
                group=group, page=tenant.site.root_page, permission=permission
            )[1]
        for permission in permissions(file_rights):
            granted += GroupCollectionPermission.objects.get_or_create(
                group=group, collection=tenant.collection, permission=permission
            )[1]
        for permission in permissions(site_rights):
            granted += GroupSitePermission.objects.get_or_create(
                group=group, site=tenant.site, permission=permission
            )[1]
        has = set(group.permissions.values_list("pk", flat=True))
        lacking = [p for p in permissions(EVERYWHERE_AT_ITS_HOST) if p.pk not in has]
        group.permissions.add(*lacking)
        granted += len(lacking)
    return granted


def permissions(names: Iterable[str]) -> list[Permission]:
    """Return Django's permissions of these names; a name that doesn't exist is our mistake."""
    found = []
    for name in names:
        app_label, codename = name.split(".")
        found.append(Permission.objects.get(content_type__app_label=app_label, codename=codename))
    return found
