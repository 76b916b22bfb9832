"""For the editor's side panels: who may read a page, and what looks wrong about that."""

from django import template
from wagtail.models import Page

from home.admin.access_words import live_version, readers_by_version, readers_of
from home.page_checks import findings

register = template.Library()
register.simple_tag(findings, name="access_findings")
register.simple_tag(readers_by_version, name="page_readers")


@register.simple_tag
def live_readers(page: Page) -> str:
    """Return who may read a page as it is live, "" where it isn't."""
    live = live_version(page)
    return readers_of(live) if live is not None else ""
