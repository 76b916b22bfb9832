"""How a page is described to search engines and those who share it: title, introduction, image.

Nothing here reads a body, so nothing here can tell what a wall hides.
"""

from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from wagtail.models import Page

from home.listing import LEAD
from krate_site.tenancy.models import Publication
from krate_site.tenancy.sites import absolute_url, current_site


@dataclass(frozen=True, kw_only=True)
class Description:
    """What stands in a page's head."""

    title: str
    text: str
    url: str
    image_url: str = ""
    structured: dict[str, Any] = field(default_factory=dict)


def describe(page: Page, request: HttpRequest, wall: dict[str, Any] | None = None) -> Description:
    """Return a page's description; `wall` is what structured data says where a wall stands."""
    site = current_site(request)
    publication = Publication.for_request(request)
    title = page.seo_title or page.title
    text = getattr(page, "introduction", "")
    url = absolute_url(site, page.get_url(request) or "/")
    image = getattr(page, "lead_image", None)
    image_url = absolute_url(site, image.get_rendition(LEAD).url) if image else ""
    structured: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "WebPage",
        "headline": title,
        "description": text,
        "url": url,
        "publisher": {"@type": "Organization", "name": publication.name, "url": site.root_url},
    }
    if date := getattr(page, "date", None):
        structured |= {"@type": "NewsArticle", "mainEntityOfPage": url}
        structured["datePublished"] = date.isoformat()
        if page.last_published_at:
            structured["dateModified"] = page.last_published_at.isoformat()
    if author := getattr(page, "author", ""):
        structured["author"] = {"@type": "Person", "name": author}
    if image_url:
        structured["image"] = [image_url]
    return Description(
        title=title, text=text, url=url, image_url=image_url, structured=structured | (wall or {})
    )
