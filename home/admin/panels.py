"""How much stands above and below a page's paywall divider, where its body is written."""

from typing import Any

from wagtail.admin.panels import Panel

from home.admin.checks import findings
from home.blocks import words


class TeaserPanel(Panel):
    """Counts the words of the teaser and of the rest, as last saved, and says what looks wrong."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "home/admin/teaser_panel.html"

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            context: dict[str, Any] = super().get_context_data(parent_context)
            page = self.instance
            above = words(page.teaser_blocks())
            context.update(
                has_divider=page.divider_index() is not None,
                above=above,
                below=words(list(page.body)) - above,
                findings=findings(page),
            )
            return context
