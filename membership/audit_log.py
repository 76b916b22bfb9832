"""Who changed what at a tenant: one log of settings, access, complimentary grants and team.

Wagtail's own log of models has no tenant, so that nobody but superusers could be shown it. This
one is kept in its place for whatever has a `site`; `wagtail.log_actions.log` finds it by the
model, and `noted_for_tenant` says which models those are. Pages keep Wagtail's log besides; what
concerns who may read them is noted here, too. No secret ever goes into it (rule B3).
Of somebody who left it keeps that something was done, not to whom.
"""

from typing import Any, ClassVar

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.log_actions import LogActionRegistry
from wagtail.models import Site
from wagtail.models.audit_log import BaseLogEntry, ModelLogEntryManager


class TenantLogEntryManager(ModelLogEntryManager):
    """Notes for which tenant something was done: the row's own, unless told."""

    def log_action(self, instance: Any, action: str, **kwargs: Any) -> "TenantLogEntry":
        if "site" not in kwargs:
            kwargs["site_id"] = instance.site_id
        entry: TenantLogEntry = super().log_action(instance, action, **kwargs)
        return entry


class TenantLogEntry(BaseLogEntry):
    """One thing that somebody did at one tenant."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="log_entries")
    object_id = models.CharField(max_length=255, db_index=True)

    objects = TenantLogEntryManager()

    class Meta(BaseLogEntry.Meta):
        ordering = ("-timestamp", "-pk")
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        indexes: ClassVar = [models.Index(fields=["site", "-timestamp", "-id"])]

    def __str__(self) -> str:
        return f"{self.action} at {self.site_id}"


def noted_for_tenant(actions: LogActionRegistry, *noted: type[models.Model]) -> None:
    """Keep the log of these models, which have a `site`, by tenant."""
    for model in noted:
        actions.register_model(model, TenantLogEntry)


@receiver(post_delete, sender="membership.Membership")
def forget_the_member(instance: Any, **kwargs: Any) -> None:
    """Take the address, and the words that were written about the person, out of the log."""
    forget(instance, data={})


@receiver(post_delete, sender="membership.User")
def forget_the_colleague(instance: Any, **kwargs: Any) -> None:
    """Take the address out of what was noted of the team, at every tenant.

    That of an invitation which nobody followed stays: no account was ever used by it.
    """
    if instance.last_login is not None:
        forget(instance)


def forget(instance: models.Model, **cleared: Any) -> None:
    """Write instead of a row's name in the log that it was a former member's."""
    entries = TenantLogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(instance), object_id=str(instance.pk)
    )
    entries.update(label=gettext("a former member"), **cleared)
