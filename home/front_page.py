"""What stands on a tenant's front page: leads, sections and the newest, each article once."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import F, Window
from django.db.models.functions import Length, RowNumber, Substr
from wagtail.models import Page

from home.listing import articles_below, name_sections, sections_of

if TYPE_CHECKING:
    from home.models import ArticlePage, SectionPage

LEADS = 4
ARTICLES_A_SECTION = 4


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """A section with the articles that the front page shows of it."""

    section: "SectionPage"
    articles: list["ArticlePage"]


@dataclass(frozen=True, kw_only=True)
class FrontPage:
    """The articles of a front page, in the order of their weight."""

    lead: "ArticlePage | None"
    seconds: list["ArticlePage"]
    shelves: list[Shelf]


def front_page(home: Page, *, chosen: list[int]) -> FrontPage:
    """Return what the front page shows; `chosen` are the ids of the leads, those gone left out.

    The number of queries doesn't grow with the number of sections.
    """
    chosen = list(dict.fromkeys(chosen))  # an editor may have chosen one twice
    everything = articles_below(home)
    found = {article.pk: article for article in everything.filter(pk__in=chosen)} if chosen else {}
    leads = [found[pk] for pk in chosen if pk in found]
    if len(leads) < LEADS:
        newest = everything.exclude(pk__in=[lead.pk for lead in leads])
        leads += newest[: LEADS - len(leads)]
    shown = [lead.pk for lead in leads]
    sections = sections_of(home)
    by_section: dict[str, list[ArticlePage]] = {section.path: [] for section in sections}
    for article in newest_of_each_section(home, leave_out=shown):
        by_section.get(article.path[: -Page.steplen], []).append(article)
    name_sections(leads, sections)
    return FrontPage(
        lead=leads[0] if leads else None,
        seconds=leads[1:],
        shelves=[
            Shelf(section=section, articles=by_section[section.path])
            for section in sections
            if by_section[section.path]
        ],
    )


def newest_of_each_section(home: Page, *, leave_out: list[int]) -> list["ArticlePage"]:
    """Return the newest few articles of every section below a front page, in one query."""
    numbered = (
        articles_below(home)
        .exclude(pk__in=leave_out)
        .annotate(
            place=Window(
                RowNumber(),
                partition_by=Substr("path", 1, Length("path") - Page.steplen),
                order_by=[F("date").desc(), F("pk").desc()],
            )
        )
    )
    return list(numbered.filter(place__lte=ARTICLES_A_SECTION))
