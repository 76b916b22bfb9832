"""Search over what everybody may read: titles, introductions, authors and open text.

What a wall hides isn't in the index at all (see `Readable.open_text`), so no query can find out
what it says; and everybody gets the same results.
"""

import re
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from wagtail.models import Page

from home.listing import articles_below, name_sections, sections_of
from home.models import ArticlePage, ArticleTag, StandardPage
from krate_site.caching import revalidated
from krate_site.tenancy.sites import current_site

LONGEST_QUERY = 200
RESULTS_A_PAGE = 10


@require_safe
@revalidated
def search(request: HttpRequest) -> HttpResponse:
    """Answer the pages of this tenant that have all the words of `q`, or the tag `tag`."""
    query = " ".join(request.GET.get("q", "").split())[:LONGEST_QUERY]
    # Words only: quotes and operators mean something to SQLite's index, and break it.
    words = " ".join(re.findall(r"\w+", query))
    tag = request.GET.get("tag", "")[:LONGEST_QUERY]
    found: Any = []
    home = current_site(request).root_page
    if words:
        pages = Page.objects.live().descendant_of(home).type(ArticlePage, StandardPage)
        found = pages.search(words, operator="and")
    elif tag and not query:
        found = articles_below(home).filter(tags__slug=tag).distinct()
    results = Paginator(found, RESULTS_A_PAGE).get_page(request.GET.get("page"))
    results.object_list = name_sections(specific_pages(list(results)), sections_of(home))
    context = {
        "query": query,
        "longest_query": LONGEST_QUERY,
        "tag": name_of(tag, home) if tag and not query else "",
        "asked": bool(query or tag),
        "results": results,
        "kept": urlencode({"q": query} if query else {"tag": tag}) + "&",
    }
    return render(request, "home/search.html", context)


def name_of(tag: str, home: Page) -> str:
    """Return a tag's name as editors wrote it; where no article here has it, what was asked for.

    All tenants share one table of tags, those of their drafts among them.
    """
    here = articles_below(home, with_images=False).values("pk")
    taggings = ArticleTag.objects.filter(tag__slug=tag, content_object__in=here)
    return taggings.values_list("tag__name", flat=True).first() or tag


def specific_pages(pages: list[Page]) -> list[Page]:
    """Return these pages as articles and standing pages, in the same order, without bodies."""
    if all(isinstance(page, ArticlePage) for page in pages):
        return pages
    keys = [page.pk for page in pages]
    by_key: dict[int, Page] = {}
    for model in (ArticlePage, StandardPage):
        by_key |= model.objects.filter(pk__in=keys).defer("body").in_bulk()
    return [by_key[key] for key in keys]
