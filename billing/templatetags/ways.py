"""Addresses in the member's billing pages that carry the way back to the article (`next_url`)."""

from django import template
from django.template import Context

from membership import wall

register = template.Library()


@register.simple_tag(takes_context=True)
def way_to(context: Context, way: str) -> str:
    """Return where a link leads: `pro`, `account` or another way that a wall knows."""
    return wall.way_to(way, context.get("next_url") or "")
