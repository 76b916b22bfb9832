"""Who changed what at a tenant: one log of settings, access, complimentary grants and team.

Wagtail's own log of models has no tenant, so that nobody but superusers could be shown it. This
one is kept in its place for whatever has a `site`; `wagtail.log_actions.log` finds it by the
model, and `noted_for_tenant` says which models those are. Pages keep Wagtail's log besides; what
concerns who may read them is noted here, too. No secret ever goes into it (rule B3).
"""

from typing import Any, ClassVar

from django.db import models
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
