"""When a tenant changes prices, policies or keys, the members' access follows, and so do pages.

A page says "Subscribe" where Pro is on sale, so what decides on that changes the tenant's content
(rule S1). Whoever takes money asks the tables themselves, each time.
"""

from typing import Any

from django.db.models.signals import post_save, pre_save
from django.dispatch import receiver
from django_tasks import task
from wagtail.models import Site

from billing.models import BillingSettings, Price, TenantFeatures
from billing.sync.settle import recompute_memberships
from krate_site.tasks.queues import enqueue_with_commit
from krate_site.tenancy.content_signals import at_its_site, shows_on_pages

# Whatever decides on access; a mode changes with its keys, of which one may be blank.
DECISIVE = (
    "publishable_key",
    "secret_key",
    "monthly_price_id",
    "annual_price_id",
    "past_due_grace_days",
    "renewal_allowance_days",
)

CHANGES = "changes_what_decides"


@receiver(pre_save, sender=BillingSettings)
def compare_settings(
    instance: BillingSettings, update_fields: frozenset[str] | None, **kwargs: Any
) -> None:
    """Note whether something changes that decides on access."""
    saved = (
        DECISIVE if update_fields is None else [name for name in DECISIVE if name in update_fields]
    )
    before = BillingSettings.objects.filter(pk=instance.pk).values(*saved).first() if saved else {}
    instance.__dict__[CHANGES] = before and any(
        before[name] != getattr(instance, name) for name in saved
    )


@receiver(post_save, sender=BillingSettings)
def follow_settings(instance: BillingSettings, **kwargs: Any) -> None:
    """Bring access in step with what was noted, now that the new values are there to be read."""
    if instance.__dict__.pop(CHANGES):
        enqueue_with_commit(follow, instance.site_id)


@receiver(post_save, sender=Price)
def follow_price(instance: Price, created: bool, **kwargs: Any) -> None:
    """A price that is new here may be one that somebody pays already."""
    if created:
        enqueue_with_commit(follow, instance.site_id)


@task(queue_name="background")
def follow(site_id: int) -> None:
    """Bring every member's access in step with the tenant's settings of now."""
    recompute_memberships(Site.objects.get(pk=site_id))


for model in (TenantFeatures, BillingSettings, Price):
    shows_on_pages(model, at_its_site)
