"""What the frame of every page asks of the tenant: menu, theme, what the masthead offers."""

import json
from typing import Any

from django import template
from django.template.context import Context
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from home import theme
from home.menus import Menu, menu_for
from krate_site.tenancy.models import Publication
from krate_site.tenancy.sites import current_site
from membership.access import Access, Reader, decide
from membership.paywall import GatedPage, masthead_link
from membership.readers import pro_on_sale
from membership.states import SUBSCRIBE, Link

register = template.Library()


@register.simple_tag(takes_context=True)
def site_menu(context: Context) -> Menu:
    """Return the tenant's menu, read once a request."""
    return menu_for(context["request"])


@register.simple_tag
def theme_url(publication: Publication) -> str:
    """Return the address of the stylesheet with the tenant's colour."""
    accent = publication.accent_color.removeprefix("#").lower()
    return reverse("theme", args=[theme.VERSION, accent])


@register.simple_tag(takes_context=True)
def masthead_offer(context: Context) -> Link | None:
    """Return the masthead's button: on a gated page its reader's, on all others everybody's."""
    if "masthead_link" in context:
        return context["masthead_link"]
    on_sale = pro_on_sale(current_site(context["request"]))
    return masthead_link(SUBSCRIBE, "", on_sale=on_sale)


@register.inclusion_tag("home/access_badge.html")
def access_badge(page: GatedPage) -> dict[str, str]:
    """Say whom a page is for, where it isn't open to everybody now."""
    if decide(page, Reader()).allowed:
        return {"access": Access.PUBLIC}
    return {"access": page.access}


# What could end the script element or be read as HTML; as json_script of Django does it.
SCRIPT_ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


@register.filter
def json_ld(value: dict[str, Any]) -> SafeString:
    """Write structured data so that it can stand inside a script element."""
    text = json.dumps(value, ensure_ascii=False).translate(SCRIPT_ESCAPES)
    return mark_safe(text)  # noqa: S308 - translated just above
