"""How much stands above and below a page's paywall divider, where its body is written."""

from typing import Any

from wagtail.admin.panels import Panel

from home.blocks import text_of
from membership.access import Access


class TeaserPanel(Panel):
    """Counts the words of the teaser and of the rest, as last saved, and says what looks wrong."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "home/admin/teaser_panel.html"

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            context: dict[str, Any] = super().get_context_data(parent_context)
            page = self.instance
            above = words(page.teaser_blocks())
            has_divider = page.divider_index() is not None
            closed = page.access != Access.PUBLIC
            context.update(
                has_divider=has_divider,
                above=above,
                below=words(list(page.body)) - above,
                idle_divider=has_divider and not closed,
                bare=closed and not above and not page.introduction,
            )
            return context


def words(blocks: list[Any]) -> int:
    """Return how many words bound blocks have."""
    return len(text_of(blocks).split())
