"""What all page types have in common: how they are addressed, and how lists may be kept."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel

# First parts of addresses that the site itself answers; a page below them could not be reached.
RESERVED_SLUGS = frozenset(
    {
        "account",
        "accounts",
        "admin",
        "api",
        "documents",
        "feed",
        "health",
        "images",
        "media",
        "pro",
        "search",
        "static",
        "_util",
    }
)


class Addressed:
    """Mixin left of `Page`: the fields of an address, and no address that is taken."""

    # Wagtail's own privacy knows neither members nor images; `access` is the one way to close a page.
    private_page_options: list[str] = []

    promote_panels = [
        MultiFieldPanel(
            [FieldPanel("slug"), FieldPanel("seo_title"), FieldPanel("show_in_menus")],
            heading=_("Address and menu"),
        )
    ]

    def clean(self) -> None:
        super().clean()  # type: ignore[misc]
        if self.slug in RESERVED_SLUGS:  # type: ignore[attr-defined]
            raise ValidationError(
                {"slug": _("The site itself uses this address. Please choose another.")}
            )


class Listing(Addressed):
    """Mixin left of `Page` for lists: the same for everybody, so caches may keep them.

    They ask again each time: an article may have been published, closed or opened meanwhile.
    """

    is_the_same_for_everybody = True
    # By which numbers in the query it differs; a page sees no others.
    numbers_in_query: tuple[str, ...] = ()

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response: HttpResponseBase = super().serve(request, *args, **kwargs)  # type: ignore[misc]
        patch_cache_control(response, public=True, max_age=0, must_revalidate=True)
        return response
