"""The gate: what a page shows a reader, and the fields by which editors say who that is.

`decide` has the say; this module asks it and hands templates only what the reader may see, so
that no template, format or preview can show more.
"""

import copy
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.blocks import StreamValue
from wagtail.signals import init_new_page

from krate_site.caching import keep_from_caches, let_caches_revalidate
from krate_site.tenancy.sites import current_site
from membership.access import (
    ACCESS_VALUES,
    Access,
    Decision,
    Reader,
    decide,
    finished_page,
    offer_to,
)
from membership.accounts.next_url import way_to
from membership.readers import preview_reader, pro_on_sale, reader_for
from membership.states import NOT_SOLD, SIGN_UP, Link, Wall

PAYWALL_BLOCK = "paywall"
# What PostgreSQL keeps of a small number: about ninety years.
MOST_DAYS = 32767
# What search engines are told stands in for the hidden part; the wall's own element.
WALL_SELECTOR = ".wall"


class GatedPage(models.Model):
    """Mixin for pages with `access`; it stands left of `Page`, and `body` is the StreamField.

    What stands above the *paywall divider* block is the teaser; without a divider there is none.
    """

    body: StreamValue
    first_published_at: datetime | None

    access = models.CharField(
        _("who may read this"), max_length=10, choices=Access, default=Access.PUBLIC, db_index=True
    )
    public_until = models.DateTimeField(
        _("open to everyone until"),
        null=True,
        blank=True,
        help_text=_("Until then everyone may read it; from then on only the readers above."),
    )
    public_after_days = models.PositiveSmallIntegerField(
        _("open to everyone after, in days"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_(
            "For so many days after it was first published only the readers above may read it; "
            "then everyone may."
        ),
    )

    access_panels: ClassVar[list[Any]] = [
        MultiFieldPanel(
            [
                FieldPanel("access"),
                FieldPanel("public_until"),
                FieldPanel("public_after_days"),
            ],
            heading=_("Access"),
            help_text=_(
                "At most one of the two times: to open a page at first, or later on. It holds to "
                "the second, in lists and feeds as well, and nothing needs to be published again."
            ),
        )
    ]

    class Meta:
        abstract = True

    def clean(self) -> None:
        super().clean()
        if self.public_until is not None and self.public_after_days is not None:
            raise ValidationError(
                {"public_after_days": _("Choose one: open until a date, or open after some days.")}
            )
        # SQLite would keep any number, and with some of them no date can be reckoned.
        if self.public_after_days is not None and self.public_after_days > MOST_DAYS:
            words = MaxValueValidator.message % {"limit_value": MOST_DAYS}
            raise ValidationError({"public_after_days": words})

    @property
    def is_always_public(self) -> bool:
        """Whether nobody was or will be kept from this page: only then may caches keep it."""
        return self.access == Access.PUBLIC

    def divider_index(self) -> int | None:
        """Return where in `body` the paywall divider stands, or None; renders nothing."""
        body = getattr(self, "body", None)
        if not isinstance(body, StreamValue):
            return None
        for index, block in enumerate(body.raw_data):
            if block["type"] == PAYWALL_BLOCK:
                return index
        return None

    def teaser_blocks(self) -> list[StreamValue.StreamChild]:
        """Return the blocks above the divider: what everybody may see of a closed page."""
        index = self.divider_index()
        return [] if index is None else list(self.body[:index])

    def blocks_for(self, decision: Decision) -> list[StreamValue.StreamChild]:
        """Return the blocks of `body` that this decision opens, as bound blocks.

        The team's have the divider among them, where a note on the wall stands.
        """
        if not decision.allowed:
            return self.teaser_blocks()
        body = getattr(self, "body", None) or []
        if decision.is_team:
            return list(body)
        return [block for block in body if block.block_type != PAYWALL_BLOCK]

    def as_seen(self, blocks: Sequence[StreamValue.StreamChild]) -> "GatedPage":
        """Return a copy of this page, never to be saved, whose body has these blocks only."""
        seen = copy.copy(self)
        # Wagtail keeps the page itself there, with the whole of its body.
        for kept in ("specific", "specific_deferred"):
            seen.__dict__.pop(kept, None)
        if isinstance(getattr(self, "body", None), StreamValue):
            seen.body = StreamValue(self.body.stream_block, list(blocks))
        return seen

    def reader(self, request: HttpRequest) -> Reader:
        """Return who reads: the person of the request, or whom the editor previews as."""
        if self.is_always_public:
            # A public page is the same for everybody: the session isn't even opened.
            return Reader()
        if getattr(request, "is_preview", False):
            return preview_reader(request)
        return reader_for(request)

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add `blocks`, `has_wall`, `wall`, `wall_structured_data`, `team_note_on_top` and
        `masthead_link`.

        Behind a wall `page` is a copy that ends there, so a careless template can't tell more. The
        reason of the decision is one person's, and what is rendered here is for a whole audience.
        """
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)  # type: ignore[misc]
        reader = self.reader(request)
        decision = decide(self, reader)
        request.__dict__.setdefault("variants", {})[self.pk] = finished_page(decision, reader)
        blocks = self.blocks_for(decision)
        context.update(blocks=blocks, has_wall=not decision.allowed)
        context.update(wall=None, wall_structured_data={})
        context["team_note_on_top"] = decision.is_team and self.divider_index() is None
        # What all are offered above a public page is for reading other ones: there is no way back.
        way_back = "" if self.is_always_public else self.path_at_site(request)
        on_sale = pro_on_sale(current_site(request))
        context["masthead_link"] = masthead_link(offer_to(reader), way_back, on_sale=on_sale)
        if decision.wall is not None:
            context["page"] = context["self"] = self.as_seen(blocks)
            context["wall"] = wall_for(decision.wall, way_back, on_sale=on_sale)
            context["wall_structured_data"] = WALL_STRUCTURED_DATA
        return context

    def path_at_site(self, request: HttpRequest) -> str:
        """Return this page's address without scheme and host, or "" where it has none yet."""
        parts = self.get_url_parts(request)  # type: ignore[attr-defined]
        return parts[2] or "" if parts else ""

    @property
    def preview_modes(self) -> list[tuple[str, Any]]:
        """The draft, as each kind of reader will see it (rule G6)."""
        return [
            ("pro", _("As a Pro member")),
            ("member", _("As a member")),
            ("visitor", _("As a visitor")),
        ]

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponseBase:
        response: HttpResponseBase = super().serve_preview(request, mode_name)  # type: ignore[misc]
        add_never_cache_headers(response)
        return response


def wall_for(wall: Wall, page_path: str, *, on_sale: bool) -> Wall:
    """Return the wall that is shown for this one, whose links lead back to `page_path`.

    `on_sale` is whether the tenant sells Pro: where it doesn't, no wall leads to it (rule T3).
    """
    if wall.key != SIGN_UP.key and not on_sale:
        return NOT_SOLD
    action = with_url(wall.action, page_path) if wall.action else None
    others = tuple(with_url(link, page_path) for link in wall.others)
    return replace(wall, action=action, others=others)


def masthead_link(offer: Link | None, page_path: str, *, on_sale: bool) -> Link | None:
    """Return the masthead's button for this offer, with the way back; None for no button.

    `on_sale` is whether the tenant sells Pro: where it doesn't, nothing is offered (rule T3).
    """
    return with_url(offer, page_path) if offer and on_sale else None


def with_url(link: Link, page_path: str) -> Link:
    """Return the link with its address, which has `page_path` as the way back."""
    return replace(link, url=way_to(link.way, page_path))


# https://developers.google.com/search/docs/appearance/structured-data/paywalled-content
WALL_STRUCTURED_DATA = {
    "isAccessibleForFree": False,
    "hasPart": {
        "@type": "WebPageElement",
        "isAccessibleForFree": False,
        "cssSelector": WALL_SELECTOR,
    },
}


def set_cache_headers(page: object, response: HttpResponseBase) -> None:
    """Tell caches what they may keep (rule G4).

    A page that isn't public, now or by a timed gate, is kept by nobody, whoever reads it. A public
    one, or a list, may be kept, but is asked for again each time: it may have changed, or been closed.
    """
    if isinstance(page, GatedPage) and not page.is_always_public:
        keep_from_caches(response)
    elif "Cache-Control" not in response.headers and (
        isinstance(page, GatedPage) or getattr(page, "is_the_same_for_everybody", False)
    ):
        let_caches_revalidate(response)


@receiver(init_new_page)
def start_with_the_sections_default(page: object, parent: object, **kwargs: Any) -> None:
    """Give a new page its section's default access; whatever is moved or copied keeps its own."""
    default = getattr(parent, "default_access", "")
    if isinstance(page, GatedPage) and default in ACCESS_VALUES:
        page.access = default
