"""What page types have in common: their addresses, how they are described, how lists may be kept."""

from typing import Any, cast

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.models import Page

from home.blocks import text_of
from home.descriptions import describe
from krate_site.tenancy.forms import TenantPageForm

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
    """Mixin left of `Page`: no address that is taken, and what the outside is told of a page.

    Its form offers and takes the tenant's own alone (rule T4).
    """

    base_form_class = TenantPageForm
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

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)  # type: ignore[misc]
        wall = context.get("wall_structured_data")
        context["description"] = describe(cast(Page, self), request, wall)
        return context


class Readable(Addressed):
    """Mixin left of `GatedPage`: search may know what nobody is ever kept from."""

    def always_open_blocks(self) -> list[Any]:
        """Return the blocks that everybody may see now and at any later time.

        A timed gate may close tomorrow, so its text isn't among them.
        """
        if self.is_always_public:  # type: ignore[attr-defined]
            return list(self.body)  # type: ignore[attr-defined]
        return self.teaser_blocks()  # type: ignore[attr-defined]

    def open_text(self) -> str:
        """Return all that search may know of the body: were there more, it would be an oracle."""
        return text_of(self.always_open_blocks())


class Listing(Addressed):
    """Mixin left of `Page` for lists: the same for everybody, so caches may keep them."""

    is_the_same_for_everybody = True
    # By which numbers in the query it differs; a page sees no others.
    numbers_in_query: tuple[str, ...] = ()
