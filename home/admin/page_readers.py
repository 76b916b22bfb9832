"""Who reads a page by our gate, in words, where Wagtail's admin would tell of its own privacy."""

from itertools import groupby

from django.utils.translation import gettext as _
from wagtail.admin.ui.side_panels import PageStatusSidePanel
from wagtail.models import Page

from home.admin.explorer import access_of, timing_of
from home.models import SectionPage
from membership.access import Access
from membership.paywall import GatedPage
from membership.states import describe


def readers_of(version: Page) -> str:
    """Return who may read this version of a page; of a section what its new articles begin with."""
    access = access_of(version)
    # Lists and front pages have no gate: they show everybody the same.
    everyone = str(Access.PUBLIC.label)
    if isinstance(version, SectionPage) and access is not None:
        words = _("%(readers)s. New articles are for: %(access)s")
        return words % {"readers": everyone, "access": access.label}
    if not isinstance(version, GatedPage):
        return everyone
    if access is None:
        return describe("unknown_access")
    timing = timing_of(version)
    return f"{access.label}; {timing}" if timing else str(access.label)


def live_version(page: Page) -> Page | None:
    """Return the page as it is live, None where it isn't; read anew, since forms change the object."""
    return page.specific_class._base_manager.filter(pk=page.pk, live=True).first()


def readers_by_version(panel: PageStatusSidePanel) -> list[str]:
    """Return who may read the page of a status panel: a line for each version that differs.

    What is live comes first, then what is planned, then the draft.
    """
    live, planned, draft = live_version(panel.object), panel.scheduled_object, panel.object
    has_draft = live is None or draft.has_unpublished_changes
    versions = [
        (_("Live: %(readers)s"), live),
        (_("Planned: %(readers)s"), planned),
        (_("Draft: %(readers)s"), draft if has_draft else None),
    ]
    told = groupby(
        [(label, readers_of(version)) for label, version in versions if version is not None],
        key=lambda each: each[1],
    )
    lines = [(next(same)[0], readers) for readers, same in told]
    if len(lines) == 1:
        lines = [("%(readers)s" if live else _("Once live: %(readers)s"), lines[0][1])]
    return [label % {"readers": readers} for label, readers in lines]
