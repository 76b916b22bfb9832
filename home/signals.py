"""What follows a change of content, in its transaction.

A file or tag that pages show: the tenant's content is another one (rule S1). What is closed leaves
the search index (rule G3); Wagtail writes the index in a task: where there is a worker some time
later, and never where it fails.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models.signals import post_delete, post_save, pre_save
from django.dispatch import receiver
from taggit.models import Tag
from wagtail.models import Site, get_page_models
from wagtail.search import index

from home.models import CustomDocument, CustomImage
from home.models.mixins import Readable
from krate_site.tenancy.content_signals import at_every_site, content_changed, shows_on_pages


def where_a_file_is(row: Any) -> Iterable[int]:
    """Return the tenant in whose collection a file lies; all, for what lies in nobody's."""
    above = row.collection.get_ancestors(inclusive=True)
    owners = Site.objects.filter(tenant__collection__in=above).order_by("pk")
    return list(owners.values_list("pk", flat=True)) or at_every_site()


@receiver((post_save, post_delete), sender=Tag)
def tag_changed(instance: Tag, created: bool = False, **kwargs: Any) -> None:
    """Articles show the names of tags, which all tenants share; a new one stands nowhere yet."""
    if not created:
        content_changed(at_every_site())


shows_on_pages(CustomImage, where_a_file_is)
shows_on_pages(CustomDocument, where_a_file_is)


def forget_words(
    instance: Any, raw: bool = False, update_fields: Iterable[str] | None = None, **kwargs: Any
) -> None:
    """Forget all words of a gated page that is about to be saved; the task brings the open ones."""
    if raw or instance.pk is None or instance.is_always_public:
        return
    if update_fields is None or {"access", "body"} & set(update_fields):
        index.remove_object(instance)


def watch() -> None:
    """Listen to pages with a gate; called when the apps are ready."""
    for model in get_page_models():
        if issubclass(model, Readable):
            pre_save.connect(forget_words, sender=model)
