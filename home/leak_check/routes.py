"""Every route of the site is in one of two lists: asked by the leak check, or free of page content.

A route in neither fails the check: whoever adds one says here how it is asked, or why it needn't be.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import get_resolver
from django.urls.resolvers import URLPattern, URLResolver
from wagtail.models import Page

PAGES = r"^((?:[\w\-]+/)*)$"
IMAGES = r"^images/(?P<signature>[^/]+)/(?P<image_id>\d{1,18})/(?P<filter_spec>[^/]+)/[^/]*$"
DOCUMENTS = r"^documents/(?P<document_id>\d{1,18})/(?P<filename>.+)$"

# Routes, and beginnings of routes with a star. What stands in them is filled in by `addresses`.
ASKED = {
    PAGES,
    IMAGES,
    DOCUMENTS,
    "search/",
    "feed/*",
    "sitemap.xml",
    "sitemap-<int:number>.xml",
    "pro/",
    "account/",
    "account/name/",
    "account/data/",
    "account/delete/",
    # Whatever comes to stand below these is asked with the keys of a closed page.
    "accounts/*",
    "admin/*",
    "_util/*",
}

FREE_OF_CONTENT = {
    r"^api/stripe/webhook/?$": "Takes Stripe's events; answers a status and no page.",
    "account/billing/checkout/": "A POST that leads to Stripe; billing knows no pages.",
    "account/billing/success/": "Shows the member's own checkout; billing knows no pages.",
    "account/billing/portal/": "A POST that leads to Stripe; billing knows no pages.",
    "account/billing/pay/": "A POST that leads to Stripe; billing knows no pages.",
    "account/billing/resume/": "A POST on the own subscription; billing knows no pages.",
    "account/billing/ask/": "Asks Stripe anew and says what it found; billing knows no pages.",
    "account/billing/return/": "Asks Stripe anew and leads to the account page.",
    "account/billing/invoices/<int:pk>/": "Leads to the member's own invoice at Stripe.",
    r"^theme-(?P<version>[0-9]+)-(?P<accent>[0-9a-f]{6})\.css$": "A function of its address.",
    "icon.svg": "One letter on a ground.",
    "favicon.ico": "Leads to the icon.",
    "robots.txt": "The same few lines at every tenant.",
}

# What a parameter is filled with, by its name; those not named here get the page's key.
FILLINGS = {
    "section": "section",
    "number": "1",
    "app_label": "home",
    "app_name": "home",
    "content_type_app_name": "home",
    "model_name": "articlepage",
    "content_type_model_name": "articlepage",
    "action": "delete",
    "action_name": "copy",
    "slug": "section",
    "filter_spec": "width-100",
    "rest": "preview/",
    "uidb36": "1",
    "key": "none",
    "revision_id_a": "earliest",
    "revision_id_b": "latest",
}
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
NAMED_GROUP = re.compile(r"\(\?P<(\w+)>[^()]*\)")


@dataclass(frozen=True)
class Route:
    """One URL pattern, as text from the root."""

    text: str
    name: str

    @property
    def listed_as(self) -> str:
        """The entry of the two lists that this route belongs to; "" for none."""
        for entry in [*ASKED, *FREE_OF_CONTENT]:
            if self.text == entry or (
                entry.endswith("/*") and self.text.startswith(entry.removesuffix("*"))
            ):
                return entry
        return ""


def all_routes() -> list[Route]:
    """Return every route of the URL configuration."""
    return list(walk(get_resolver().url_patterns, ""))


def walk(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[Route]:
    """Yield the routes below these patterns."""
    for pattern in patterns:
        text = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from walk(pattern.url_patterns, text)
        else:
            yield Route(text=text, name=pattern.name or "")


def unlisted_routes() -> list[Route]:
    """Return the routes that are in neither list."""
    return [route for route in all_routes() if not route.listed_as]


def addresses(route: Route, page: Page) -> list[str]:
    """Return where a route is asked for a page, its parameters filled in.

    A new kind of parameter needs no entry above: the page's key is the most telling of all.
    """

    def filled(match: re.Match[str]) -> str:
        if match[1] == "section":
            return str(page.get_parent().slug)
        return FILLINGS.get(match[1], str(page.pk))

    text = NAMED_GROUP.sub(filled, route.text)
    text = PARAMETER.sub(filled, text)
    text = re.sub(r"\.\*", "nowhere", text)
    return ["/" + re.sub(r"[\^$?]|\\(?=\.)", "", text)]
