"""Lists of articles: what everybody may see of each, in as few queries as there are kinds of things.

A list never loads a body: what isn't read can't be shown.
"""

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db.models import Prefetch, prefetch_related_objects
from wagtail.images import get_image_model
from wagtail.models import Page
from wagtail.query import PageQuerySet

if TYPE_CHECKING:
    from home.models import ArticlePage, SectionPage

# The sizes in which templates ask for lead images; a size missing here costs a query an image.
# `tests/home/test_queries.py` counts them.
CARD = "fill-720x480|format-webp|webpquality-80"
LEAD = "fill-1440x900|format-webp|webpquality-80"


def articles_below(page: Page, *, with_images: bool = True) -> "PageQuerySet[ArticlePage]":
    """Return the live articles below a page, newest first, with their lead images' sizes."""
    articles = (
        apps.get_model("home", "ArticlePage")
        .objects.live()
        .descendant_of(page)
        .defer("body")
        .order_by("-date", "-pk")
    )
    return articles.prefetch_related(lead_images()) if with_images else articles


def load_images(articles: "list[ArticlePage]") -> None:
    """Give articles that are here already their lead images, in two queries."""
    prefetch_related_objects(articles, lead_images())


def lead_images() -> "Prefetch[Any]":
    """Return how lead images are read: together with the sizes that templates ask for."""
    return Prefetch(
        "lead_image", queryset=get_image_model().objects.prefetch_renditions(CARD, LEAD)
    )


def sections_of(home: Page) -> "list[SectionPage]":
    """Return the live sections of a front page, in the menu's order."""
    return list(apps.get_model("home", "SectionPage").objects.live().child_of(home))


def name_sections(pages: list[Page], sections: "list[SectionPage]") -> list[Page]:
    """Give each page the one of these sections that it stands in, or None."""
    by_path = {section.path: section for section in sections}
    for page in pages:
        page.section = by_path.get(page.path[: -Page.steplen])
    return pages
