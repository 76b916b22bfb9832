"""What looks wrong about whom a page is for: told in the editor's side panel, and above the text,
with how much stands above and below the paywall divider."""

from collections.abc import Iterator
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import Panel

from home.blocks import words
from membership.access import Access, open_span
from membership.paywall import GatedPage

BARE = _(
    "Readers who may not read this see nothing but its title: write an introduction, or put the "
    "paywall divider below a first paragraph."
)
IDLE_DIVIDER = _("The page is for everyone, so its paywall divider does nothing.")
NOTHING_BELOW = _(
    "Nothing stands below the paywall divider: whoever is let in has nothing more to read."
)
IDLE_DATES = _("The page is for everyone, so the dates under “Access” do nothing.")
TIME_IS_OVER = _("The day until which it was open to everyone is over: the page is closed now.")


def findings(page: object) -> list[Promise]:
    """Return what looks wrong about a page's access as it was last saved, in sentences."""
    return list(faults_of(page)) if isinstance(page, GatedPage) else []


def faults_of(page: GatedPage) -> Iterator[Promise]:
    divider = page.divider_index()
    if page.access == Access.PUBLIC:
        if divider is not None:
            yield IDLE_DIVIDER
        if page.public_until is not None or page.public_after_days is not None:
            yield IDLE_DATES
        return
    if not page.teaser_blocks() and not getattr(page, "introduction", ""):
        yield BARE
    if divider is not None and divider == len(page.body) - 1:
        yield NOTHING_BELOW
    span = open_span(page)
    if span is not None and span[1] <= timezone.now():
        yield TIME_IS_OVER


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
