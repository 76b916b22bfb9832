"""Which rows are a tenant's, and whose a page is: the one definition, by the trees' own paths."""

import re
from contextlib import suppress
from typing import Any, TypeVar

from django.contrib.admin.utils import unquote
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured
from django.db.models import Expression, Model, Q, QuerySet
from wagtail.models import Collection, CollectionMember, Page, Site

Rows = TypeVar("Rows", bound=Model)
LARGEST = 2**63 - 1
KEY = re.compile(r"[0-9]{1,19}")


def of_tenant(rows: QuerySet[Rows], site: Site) -> QuerySet[Rows]:
    """Return the rows that are this tenant's.

    Pages lie under its root page, files in its collection, other records have a `site`, and
    people are its members and its team. Raises `ImproperlyConfigured` for a model that is none
    of these: what can't be scoped must not be shown.
    """
    model = rows.model
    if issubclass(model, Page):
        return rows.filter(path__startswith=site.root_page.path)
    if issubclass(model, Collection):
        return rows.filter(path__startswith=collection_path(site))
    if issubclass(model, CollectionMember):
        # By keys, since that is all that a search of files can be narrowed by.
        collections = Collection.objects.filter(path__startswith=collection_path(site))
        return rows.filter(collection__in=list(collections))
    if issubclass(model, Site):
        return rows.filter(pk=site.pk)
    if issubclass(model, get_user_model()):
        return rows.filter(Q(memberships__site=site) | Q(groups__in=groups_of(site))).distinct()
    try:
        model._meta.get_field("site")
    except FieldDoesNotExist as error:
        raise ImproperlyConfigured(
            f"{model._meta.label} has no `site`: say in krate_site.tenancy.ownership whose it is."
        ) from error
    return rows.filter(site=site)


def site_of(page: Page) -> Site | None:
    """Return the tenant below whose front page this page is, or None.

    `Page.get_site` asks a cache, which for an hour knows no tenant that another process made.
    """
    sites = Site.objects.filter(root_page__path__in=paths_down_to(page.path))
    return sites.order_by("-root_page__depth", "pk").first()


def paths_down_to(path: str) -> list[str]:
    """Return the places of all above a row in its tree, and its own."""
    steps = range(Page.steplen, len(path) + 1, Page.steplen)
    return [path[:end] for end in steps]


def groups_of(site: Site | Expression) -> QuerySet[Group]:
    """Return the groups of a tenant's team, whose rights count at its host."""
    return Group.objects.filter(Q(admins_of__site=site) | Q(editors_of__site=site))


def collection_path(site: Site) -> str:
    """Return where the tenant's files lie in the tree of collections; nowhere if it has none."""
    path = Collection.objects.filter(tenant__site=site).values_list("path", flat=True).first()
    return path or "no collection"


def is_key(value: Any) -> bool:
    """Return whether this can be the key of a row: digits, no more than the largest number has."""
    return KEY.fullmatch(str(value)) is not None and int(value) <= LARGEST


def numbers(value: Any) -> set[int]:
    """Return whatever keys a text may be read as: Python reads " 1_2" as 12, Wagtail "1_5F2" too."""
    found = set()
    for text in (str(value), unquote(str(value))):
        with suppress(ValueError):
            found.add(int(text))
    return found
