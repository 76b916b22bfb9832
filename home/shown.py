"""What of this app's tables pages show: a change of it changes the tenant's content (rule S1)."""

from collections.abc import Iterable
from typing import Any

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from taggit.models import Tag
from wagtail.models import Collection, Site

from home.models import CustomDocument, CustomImage
from krate_site.tenancy.changes import at_every_site, content_changed, shows_on_pages


def where_a_file_is(row: Any) -> Iterable[int]:
    """Return the tenant in whose collection a file lies; all, for what lies in nobody's."""
    path = row.collection.path
    above = {path[:end] for end in range(Collection.steplen, len(path) + 1, Collection.steplen)}
    owners = Site.objects.filter(tenant__collection__path__in=above).order_by("pk")
    return list(owners.values_list("pk", flat=True)) or at_every_site()


@receiver((post_save, post_delete), sender=Tag)
def tag_changed(instance: Tag, created: bool = False, **kwargs: Any) -> None:
    """Articles show the names of tags, which all tenants share; a new one stands nowhere yet."""
    if not created:
        content_changed(at_every_site())


shows_on_pages(CustomImage, where_a_file_is)
shows_on_pages(CustomDocument, where_a_file_is)
