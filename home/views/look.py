"""The tenant's colour as a stylesheet and his initial as an icon: no inline style anywhere."""

from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.views.decorators.cache import cache_control

from home import theme
from krate_site.tenancy.models import Publication


@cache_control(public=True, max_age=31_536_000, immutable=True)
def theme_stylesheet(request: HttpRequest, version: int, accent: str) -> HttpResponse:
    """Answer the stylesheet of one colour: a function of its URL, so it may be kept for ever."""
    return HttpResponse(theme.stylesheet(f"#{accent}"), content_type="text/css; charset=utf-8")


@cache_control(public=True, max_age=86_400)
def icon(request: HttpRequest) -> HttpResponse:
    """Answer the tenant's initial on his colour, as the icon of a browser's tab."""
    publication = Publication.for_request(request)
    ground = theme.readable(publication.accent_color, ground=theme.LIGHT_WELL, towards=0.0)
    name = publication.name.removeprefix("The ").removeprefix("the ")
    svg = format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">'
        '<rect width="64" height="64" rx="10" fill="{}"/>'
        '<text x="32" y="47" text-anchor="middle" font-family="Georgia, serif" font-weight="700"'
        ' font-size="44" fill="{}">{}</text></svg>',
        ground,
        theme.LIGHT_PAPER,
        name[:1].upper(),
    )
    return HttpResponse(svg, content_type="image/svg+xml")
