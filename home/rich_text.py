"""Links to pages within texts, whose addresses are made as all others are: from the tenant itself."""

from typing import Any

from django.utils.html import format_html
from wagtail.models import Page, Site
from wagtail.rich_text.pages import PageLinkHandler

from krate_site.tenancy.sites import active_site, own_root_paths


class OwnPageLink(PageLinkHandler):
    """Wagtail asks a cache here, where every site's address is kept for an hour: a process showed a
    host's old name, or no link at a new tenant, and failed where the cache was away."""

    @classmethod
    def expand_db_attributes_many(cls, attrs_list: list[dict[str, Any]]) -> list[str]:
        site = active_site()
        if site is None:
            return super().expand_db_attributes_many(attrs_list)
        return [opening_tag(page, site) for page in cls.get_many(attrs_list)]


def opening_tag(page: Page | None, site: Site) -> str:
    """Return the tag of a link to this page; one without address where it isn't the tenant's."""
    if page is None:
        return "<a>"
    page._wagtail_cached_site_root_paths = own_root_paths(site)
    url = page.url
    return format_html('<a href="{}">', url) if url else "<a>"
