"""For the editor's side panels: who may read a page, and what looks wrong about that."""

from django import template
from django.utils.functional import Promise
from wagtail.admin.ui.side_panels import PageStatusSidePanel
from wagtail.models import Page

from home.admin.page_readers import live_version, readers_by_version, readers_of
from home.page_checks import findings

register = template.Library()


@register.simple_tag
def access_findings(page: object) -> list[Promise]:
    """Return what looks wrong about a page's access, in sentences."""
    return findings(page)


@register.simple_tag
def page_readers(panel: PageStatusSidePanel) -> list[str]:
    """Return who may read the page of a status panel, a line for each version."""
    return readers_by_version(panel)


@register.simple_tag
def live_readers(page: Page) -> str:
    """Return who may read a page as it is live, "" where it isn't."""
    live = live_version(page)
    return readers_of(live) if live is not None else ""
