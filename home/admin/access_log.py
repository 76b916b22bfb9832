"""Notes in the tenant's log whenever it changes who may read a page, whichever way it changes."""

from typing import Any

from django.apps import apps
from django.db.models.signals import post_save, pre_save
from wagtail.log_actions import get_active_log_context
from wagtail.models import Page

from home.models import SectionPage
from membership.audit_log import TenantLogEntry
from membership.paywall import GatedPage

LOG_ACTION = "home.change_access"
GATE = ("access", "public_until", "public_after_days")
BEFORE = "_access_before"


def gate_of(model: type[Page]) -> tuple[str, ...]:
    """Return the fields that decide who may read such pages, or what a section's new ones start with."""
    if issubclass(model, GatedPage):
        return GATE
    return ("default_access",) if issubclass(model, SectionPage) else ()


def watch() -> None:
    """Listen to the page types that have such fields; called when the apps are ready."""
    for model in apps.get_models():
        if issubclass(model, Page) and gate_of(model):
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
    site = instance.get_site() if changed else None
    if site is not None:
        TenantLogEntry.objects.log_action(
            instance, LOG_ACTION, site=site, user=get_active_log_context().user, data=changed
        )


def in_log(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
