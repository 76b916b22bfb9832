"""For the editor's side panel: what looks wrong about whom a page is for."""

from django import template
from django.utils.functional import Promise

from home.admin.checks import findings

register = template.Library()


@register.simple_tag
def access_findings(page: object) -> list[Promise]:
    """Return what looks wrong about a page's access, in sentences."""
    return findings(page)
