"""Whom a page is for by our gate, in words; lists, status panels and warnings say it alike."""

from itertools import groupby

from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.admin.ui.side_panels import PageStatusSidePanel
from wagtail.models import Page

from home.models import SectionPage
from krate_site.formats import write_time
from membership.access import ACCESS_VALUES, Access, open_span
from membership.paywall import GatedPage
from membership.reasons import describe


def access_of(page: Page) -> Access | None:
    """Return whom a page, or what is new in a section, is for; None for pages without access."""
    value = getattr(page, "access", None) or getattr(page, "default_access", None)
    return Access(value) if value in ACCESS_VALUES else None


def timing_of(page: GatedPage) -> str:
    """Return from when, or until when, a date opens a page to everyone; "" where none does."""
    if page.is_always_public:
        return ""
    span, now = open_span(page), timezone.now()
    if span is None:
        days = page.public_after_days
        waits = days is not None and page.public_until is None
        return _("open to everyone after days: %(days)s") % {"days": days} if waits else ""
    opens_at, closes_at = span
    if page.public_until is not None:
        told = (
            _("open to everyone until %(when)s") if now < closes_at else _("closed since %(when)s")
        )
        return told % {"when": write_time(closes_at, "SHORT_DATETIME_FORMAT")}
    is_open = opens_at <= now
    told = _("open to everyone since %(when)s") if is_open else _("open to everyone from %(when)s")
    return told % {"when": write_time(opens_at, "SHORT_DATETIME_FORMAT")}


def readers_in_brief(page: GatedPage) -> str:
    """Return whom a page is for as the form calls them, and whether a date opens it besides."""
    name = str(page.get_access_display())  # type: ignore[attr-defined]
    if page.is_always_public or open_span(page) is None:
        return name
    return _("%(readers)s, and for a time everyone") % {"readers": name}


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
