"""What changes a tenant's content: whatever a page shows says here whose pages those are.

Tables that other apps own are named by `shows_on_pages`, in the app that owns them. A draft that
is saved changes nothing that anybody sees. `QuerySet.update` sends no signal: whoever uses it on
something that pages show calls `content_changed` himself.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Model, Q
from django.db.models.signals import post_delete, post_save
from wagtail.models import (
    COMMENTS_RELATION_NAME,
    Page,
    PageViewRestriction,
    Site,
    get_page_models,
)
from wagtail.signals import post_page_move

from krate_site.tenancy.content_version import ContentStamp, stamp
from krate_site.tenancy.models import Publication, Tenant
from krate_site.tenancy.ownership import paths_down_to
from krate_site.tenancy.sites import forget

# What saving a draft writes to the page itself; no reader sees any of it.
OF_DRAFTS = frozenset(
    {
        COMMENTS_RELATION_NAME,
        "draft_title",
        "has_unpublished_changes",
        "latest_revision",
        "latest_revision_created_at",
    }
)

SitesOf = Callable[[Any], Iterable[int]]


def content_changed(site_ids: Iterable[int]) -> None:
    """Have everybody see what changed at these tenants, from the present transaction's commit on."""
    # In one order for all: whoever changes two tenants at once waits for nobody in a circle.
    changed = sorted(set(site_ids))
    if not changed:
        return
    stamp(changed)
    # At once for whoever reads in the same transaction, and again when all others may see it.
    forget(changed)
    transaction.on_commit(partial(forget, changed))


def shows_on_pages(model: type[Model], sites_of: SitesOf) -> None:
    """Declare that pages show rows of this model; `sites_of` says at which tenants (their keys)."""

    def changed(
        instance: Any,
        raw: bool = False,
        update_fields: Iterable[str] | None = None,
        **kwargs: Any,
    ) -> None:
        is_draft = update_fields is not None and set(update_fields) <= OF_DRAFTS
        if is_draft and isinstance(instance, Page):
            return
        if raw:
            # A fixture: what the row refers to may not be there yet.
            transaction.on_commit(lambda: content_changed(sites_of(instance)))
        else:
            content_changed(sites_of(instance))

    for signal in (post_save, post_delete):
        signal.connect(changed, sender=model, weak=False)


def at_its_site(row: Any) -> Iterable[int]:
    """Return the tenant of a row with a `site`."""
    return [row.site_id]


def at_every_site() -> Iterable[int]:
    """Return all tenants: for what stands on pages of any."""
    return Site.objects.order_by("pk").values_list("pk", flat=True)


def where_a_page_is(*paths: str) -> Iterable[int]:
    """Return the tenants below whose front pages these places in the tree of pages are.

    And those whose front pages are at or below them: their own places and addresses may change.
    """
    touched = Q(root_page__path__in=[place for path in paths for place in paths_down_to(path)])
    for path in paths:
        touched |= Q(root_page__path__startswith=path)
    return Site.objects.filter(touched).order_by("pk").values_list("pk", flat=True)


def page_moved(
    instance: Page, parent_page_before: Page, parent_page_after: Page, **kwargs: Any
) -> None:
    # Whatever stands beside a moved page gets another place in the tree, front pages, too.
    content_changed(where_a_page_is(parent_page_before.path, parent_page_after.path))


def site_changed(instance: Site, created: bool, **kwargs: Any) -> None:
    if created:
        ContentStamp.objects.create(site=instance)
    content_changed([instance.pk])


def site_deleted(instance: Site, **kwargs: Any) -> None:
    """Its stamps are gone with it: only what this process knows is left."""
    forget([instance.pk])
    transaction.on_commit(partial(forget, [instance.pk]))


def watch() -> None:
    """Listen to what tenancy itself and Wagtail change; called once, when the apps are ready."""
    for model in get_page_models():
        shows_on_pages(model, lambda page: where_a_page_is(page.path))
    post_page_move.connect(page_moved)
    post_save.connect(site_changed, sender=Site)
    post_delete.connect(site_deleted, sender=Site)
    shows_on_pages(Publication, at_its_site)
    shows_on_pages(Tenant, at_its_site)
    shows_on_pages(PageViewRestriction, lambda row: where_a_page_is(row.page.path))
