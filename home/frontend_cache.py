"""Tells the caches in front of the site, a CDN or a proxy, which addresses show something new.

Wagtail's own backends speak to them; FRONTEND_CACHE says which, and docs/caching.md how. What is
purged is the page, where it stood before, and the lists that name it.
"""

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.signals import post_delete
from django.urls import reverse
from wagtail.contrib.frontend_cache.utils import purge_urls_from_cache
from wagtail.models import Page, Site, get_page_models
from wagtail.signals import page_published, page_slug_changed, page_unpublished, post_page_move

from krate_site.tenancy.content_signals import where_a_page_is
from krate_site.tenancy.sites import absolute_url


def addresses_showing(url_path: str, site: Site) -> set[str]:
    """Return where a page at this place in the tree shows: itself, its section, and all lists."""
    below = url_path.removeprefix(site.root_page.url_path)
    paths = {"/", f"/{below}", reverse("feed"), reverse("feed_atom"), reverse("sitemap")}
    section = below.split("/")[0]
    if section:
        paths |= {
            f"/{section}/",
            reverse("feed", args=[section]),
            reverse("feed_atom", args=[section]),
        }
    return {absolute_url(site, path) for path in paths}


def purge_later(page: Page, url_paths: Iterable[str]) -> None:
    """Purge what shows a page, as soon as whoever asks then gets what is new."""
    if not settings.WAGTAILFRONTENDCACHE:
        return
    addresses: set[str] = set()
    for site in Site.objects.filter(pk__in=where_a_page_is(page.path)).select_related("root_page"):
        for url_path in url_paths:
            addresses |= addresses_showing(url_path, site)
    transaction.on_commit(partial(purge_urls_from_cache, sorted(addresses)))


def purge_page(instance: Page, **kwargs: Any) -> None:
    purge_later(instance, [instance.url_path])


def purge_renamed(instance: Page, instance_before: Page, **kwargs: Any) -> None:
    purge_later(instance, [instance_before.url_path])


def purge_moved(instance: Page, url_path_before: str, url_path_after: str, **kwargs: Any) -> None:
    purge_later(instance, [url_path_before, url_path_after])


def watch() -> None:
    """Listen to what is published, withdrawn, moved and deleted; called when the apps are ready."""
    page_published.connect(purge_page)
    page_unpublished.connect(purge_page)
    page_slug_changed.connect(purge_renamed)
    post_page_move.connect(purge_moved)
    for model in get_page_models():
        post_delete.connect(purge_page, sender=model)
