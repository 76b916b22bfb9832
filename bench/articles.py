"""Fills a tenant with copies of the articles that it has, which lists show and search finds."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import F
from modelsearch.backends import get_search_backend
from wagtail.models import Page, Site

from bench.copying import analyze, copy, hurry, key_of
from home.models import ArticlePage

STEP = 500
MARK = "-fill-"


def fill_articles(
    site: Site, count: int, on_progress: Callable[[int], Any] = lambda made: None
) -> None:
    """Bring the number of such copies up to `count`; raises ValueError where there is none to copy."""
    articles = ArticlePage.objects.descendant_of(site.root_page)
    originals = list(articles.exclude(slug__contains=MARK).order_by("path"))
    there = articles.filter(slug__contains=MARK).count()
    if not originals and count > there:
        raise ValueError(f"{site.hostname} has no article that could be copied.")
    on_progress(min(there, count))
    for first in range(there, count, STEP):
        numbers = range(first, min(first + STEP, count))
        with transaction.atomic():
            hurry()
            made = [
                key
                for place, original in enumerate(originals)
                for key in copy_article(original, numbers, each=len(originals), place=place)
            ]
            copies = ArticlePage.objects.filter(pk__in=made)
            get_search_backend().add_bulk(ArticlePage, list(copies))
        on_progress(len(numbers))
    analyze(Page, ArticlePage)


def copy_article(original: ArticlePage, numbers: range, *, each: int, place: int) -> list[int]:
    """Publish this article again under every `each`-th of the numbers, in its own section.

    Returns the keys of the new pages.
    """
    mine = [number for number in numbers if number % each == place]
    section = Page.objects.get(path=original.path[: -Page.steplen])
    last = section.get_last_child()
    step = Page._str2int(last.path[-Page.steplen :])
    pages = Page.objects.bulk_create(
        page_like(original, number, Page._get_path(section.path, section.depth + 1, step + offset))
        for offset, number in enumerate(mine, start=1)
    )
    if mine:
        copy(
            original,
            numbers,
            where=f"n %% {each} = {place}",
            page_ptr_id=key_of(
                Page,
                f"slug = '{original.slug}{MARK}' || n "
                f"AND substr(path, 1, {len(section.path)}) = '{section.path}'",
            ),
        )
    Page.objects.filter(pk=section.pk).update(numchild=F("numchild") + len(mine))
    return [page.pk for page in pages]


def page_like(original: ArticlePage, number: int, path: str) -> Page:
    """Return an unsaved copy of the article's page, with a number in title and address."""
    fields = {
        field.attname: getattr(original, field.attname)
        for field in Page._meta.local_concrete_fields
        if field.name != "id"
    }
    slug = f"{original.slug}{MARK}{number}"
    section_path = original.url_path.removesuffix(f"{original.slug}/")
    fields.update(
        path=path,
        slug=slug,
        url_path=f"{section_path}{slug}/",
        title=f"{original.title} {number}",
        draft_title=f"{original.title} {number}",
        translation_key=uuid4(),
        latest_revision_id=None,
        live_revision_id=None,
    )
    return Page(**fields)
