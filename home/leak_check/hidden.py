"""What a tenant hides: the phrases, pictures and files that stand in no public text.

All of it is read from the rows. The gate's own methods aren't asked, since they are on trial.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import CharField, TextField
from django.utils import timezone
from wagtail.documents import get_document_model
from wagtail.fields import StreamField
from wagtail.images import get_image_model
from wagtail.models import Page, Site

from home.leak_check.readers import EVERYBODY, MEMBERS, NOBODY, PRO_HERE, TEAM_HERE
from home.leak_check.words import phrases_of, strings_in
from krate_site.tenancy.models import Publication
from membership.access import Access, is_open_by_time
from membership.paywall import PAYWALL_BLOCK, GatedPage

# Who may read below the divider; whatever else a page says is for nobody.
READERS = {
    Access.PUBLIC: EVERYBODY,
    Access.MEMBERS: MEMBERS | {PRO_HERE, TEAM_HERE},
    Access.PRO: frozenset({PRO_HERE, TEAM_HERE}),
}
# What the row says of itself, and no reader ever reads.
NOT_TEXT = {"path", "url_path", "slug", "access", "default_access", "draft_title"}


@dataclass(eq=False)
class HiddenPage:
    """A page that hides something: what, and from whom it doesn't."""

    page: Page
    path: str
    readers: frozenset[str]
    phrases: set[str] = field(default_factory=set)
    files: set[tuple[str, str]] = field(default_factory=set)

    @property
    def is_live(self) -> bool:
        return bool(self.page.live)

    def __str__(self) -> str:
        return f"{self.page.title} ({self.path})"


class Hidden:
    """Everything that a tenant hides, found by phrase and by the keys of files."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.pages: list[HiddenPage] = []
        self.drafts: list[HiddenPage] = []
        self.guarded: list[HiddenPage] = []
        self.open_texts: dict[int, list[str]] = {}
        public: set[str] = set()
        shown: set[tuple[str, str]] = set()
        for text in texts_of(Publication.for_site(site)):
            public |= phrases_of(text)
        for page in Page.objects.descendant_of(site.root_page, inclusive=True).specific():
            texts, files = public_part(page)
            self.open_texts[page.pk] = texts
            public.update(*map(phrases_of, texts))
            shown |= files
            self.note(page)
        self.by_phrase: dict[str, set[HiddenPage]] = defaultdict(set)
        for page in [*self.pages, *self.drafts]:
            page.phrases -= public
            page.files -= shown
            for phrase in page.phrases:
                self.by_phrase[phrase].add(page)

    def note(self, page: Page) -> None:
        """Note what this page hides."""
        path = page.relative_url(self.site)
        texts, blocks = hidden_part(page)
        if isinstance(page, GatedPage) and page.access != Access.PUBLIC:
            readers = READERS.get(page.access, NOBODY) if page.live else NOBODY
            is_open = page.live and is_open_by_time(page, timezone.now())
            self.guarded.append(HiddenPage(page, path, EVERYBODY if is_open else readers))
        if blocks or texts:
            readers = READERS.get(getattr(page, "access", ""), NOBODY) if page.live else NOBODY
            self.pages.append(hiding(page, path, readers, texts, files_in(blocks)))
        if page.live and page.has_unpublished_changes and page.latest_revision_id:
            draft = page.get_latest_revision_as_object()
            texts = [*texts_of(draft), *texts_in(bound_blocks(draft))]
            self.drafts.append(hiding(page, path, NOBODY, texts, set()))

    @cached_property
    def files(self) -> dict[tuple[str, str], set[HiddenPage]]:
        """Which pages hide a file, by its kind and key."""
        found: dict[tuple[str, str], set[HiddenPage]] = defaultdict(set)
        for page in self.pages:
            for key in page.files:
                found[key].add(page)
        return found


def hiding(
    page: Page, path: str, readers: frozenset[str], texts: list[str], files: set[tuple[str, str]]
) -> HiddenPage:
    """Return a page with the phrases of these texts as what it hides."""
    phrases = {phrase for text in texts for phrase in phrases_of(text)}
    return HiddenPage(page, path, readers, phrases, files)


def public_part(page: Page) -> tuple[list[str], set[tuple[str, str]]]:
    """Return the texts and the files of a page that everybody may see."""
    if not page.live:
        return [], set()
    blocks = blocks_above(page) if is_closed(page) else list(bound_blocks(page))
    pictures = {
        ("image", str(getattr(page, name)))
        for name in ("lead_image_id",)
        if getattr(page, name, None)
    }
    return [*texts_of(page), *texts_in(blocks)], pictures | files_in(blocks)


def hidden_part(page: Page) -> tuple[list[str], list[Any]]:
    """Return the texts and the blocks of a page that not everybody may see now."""
    if not page.live:
        blocks = list(bound_blocks(page))
        return [*texts_of(page), *texts_in(blocks)], blocks
    blocks = list(bound_blocks(page))[len(blocks_above(page)) :] if is_closed(page) else []
    return texts_in(blocks), blocks


def is_closed(page: Page) -> bool:
    """Return whether anybody is kept from a part of this page now."""
    return (
        isinstance(page, GatedPage)
        and page.access != Access.PUBLIC
        and not is_open_by_time(page, timezone.now())
    )


def bound_blocks(page: Page) -> Iterator[Any]:
    """Yield the blocks of every StreamField of a page."""
    for column in page._meta.get_fields():
        if isinstance(column, StreamField):
            yield from getattr(page, column.name) or []


def blocks_above(page: Page) -> list[Any]:
    """Return the blocks above the paywall divider; none where there is no divider."""
    blocks = list(bound_blocks(page))
    kinds = [bound.block_type for bound in blocks]
    return blocks[: kinds.index(PAYWALL_BLOCK)] if PAYWALL_BLOCK in kinds else []


def texts_of(row: Any) -> list[str]:
    """Return what stands in a row's own text fields."""
    return [
        str(getattr(row, column.name) or "")
        for column in row._meta.concrete_fields
        if isinstance(column, CharField | TextField)
        and not isinstance(column, StreamField)
        and column.name not in NOT_TEXT
    ]


def texts_in(blocks: Iterable[Any]) -> list[str]:
    """Return what stands in blocks."""
    return [
        text for bound in blocks for text in strings_in(bound.block.get_prep_value(bound.value))
    ]


def files_in(blocks: Iterable[Any]) -> set[tuple[str, str]]:
    """Return the kinds and keys of the images and documents that blocks refer to."""
    kinds = {get_image_model(): "image", get_document_model(): "document"}
    return {
        (kinds[model], str(key))
        for bound in blocks
        for model, key, *_path in bound.block.extract_references(bound.value)
        if model in kinds
    }
