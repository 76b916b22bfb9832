"""What articles and standing pages have in common: how they are described to the outside."""

from typing import Any, cast

from django.http import HttpRequest
from wagtail.models import Page

from home.blocks import text_of
from home.descriptions import describe
from home.models.address import Addressed


class Readable(Addressed):
    """Mixin left of `GatedPage`: search text, meta description and structured data.

    All of them are made of title, introduction and lead image, and of what nobody is kept from.
    """

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

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)  # type: ignore[misc]
        wall = context["wall_structured_data"]
        context["description"] = describe(cast(Page, self), request, wall)
        return context
