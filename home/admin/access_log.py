"""Notes in the tenant's log whenever it changes who may read a page, whichever way it changes."""

from typing import Any

from django.db.models.signals import post_save, pre_save
from django.utils.translation import gettext_lazy as _
from wagtail.log_actions import LogFormatter, get_active_log_context
from wagtail.models import Page, get_page_models
from wagtail.models.audit_log import BaseLogEntry

from home.models import SectionPage
from krate_site.tenancy.ownership import site_of
from membership.access import Access
from membership.audit_log import TenantLogEntry
from membership.paywall import GatedPage

LOG_ACTION = "home.change_access"
GATE = ("access", "public_until", "public_after_days")
BEFORE = "_access_before"
CHANGES = {
    "access": _("who may read: %(new)s (before: %(old)s)"),
    "default_access": _("new pages here begin as: %(new)s (before: %(old)s)"),
    "public_until": _("public until: %(new)s (before: %(old)s)"),
    "public_after_days": _("public after days: %(new)s (before: %(old)s)"),
}


def gate_of(model: type[Page]) -> tuple[str, ...]:
    """Return the fields that decide who may read such pages, or what a section's new ones start with."""
    if issubclass(model, GatedPage):
        return GATE
    return ("default_access",) if issubclass(model, SectionPage) else ()


def watch() -> None:
    """Listen to the page types that have such fields; called when the apps are ready."""
    for model in get_page_models():
        if gate_of(model):
            pre_save.connect(remember_who_might_read, sender=model)
            post_save.connect(note_who_may_read, sender=model)


def remember_who_might_read(
    instance: Page, update_fields: frozenset[str] | None = None, **kwargs: Any
) -> None:
    """Look up what stands in the database, for pages that may come to differ from it."""
    gate = gate_of(type(instance))
    fields = [name for name in gate if update_fields is None or name in update_fields]
    if fields and instance.pk is not None:
        rows = type(instance)._base_manager.filter(pk=instance.pk)
        setattr(instance, BEFORE, rows.values(*fields).first())


def note_who_may_read(instance: Page, **kwargs: Any) -> None:
    """Write down what is different now, and who did it; nobody stands for the scheduler."""
    before = instance.__dict__.pop(BEFORE, None)
    if not before:
        return
    changed = {
        name: {"old": in_log(old), "new": in_log(getattr(instance, name))}
        for name, old in before.items()
        if old != getattr(instance, name)
    }
    site = site_of(instance) if changed else None
    if site is not None:
        TenantLogEntry.objects.log_action(
            instance, LOG_ACTION, site=site, user=get_active_log_context().user, data=changed
        )


def in_log(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


class AccessChangeFormatter(LogFormatter):
    """Puts a change into words, for the tenant's log and for a page's history."""

    label = _("Change who may read")

    def format_message(self, log_entry: BaseLogEntry) -> str:
        noted = log_entry.data
        # “Set access” for many pages once noted no field.
        changes = {"access": noted} if "new" in noted else noted
        told = [
            str(CHANGES[name]) % {when: in_words(value) for when, value in change.items()}
            for name, change in changes.items()
        ]
        return "; ".join(told)


class SetAccessFormatter(AccessChangeFormatter):
    """For the older rows of a page's history; what “Set access” changes has the other name now."""

    label = _("Set access")


def in_words(value: object) -> str:
    return "–" if value is None else str(dict(Access.choices).get(str(value), value))
