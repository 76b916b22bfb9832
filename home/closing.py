"""What is closed leaves the search index in the transaction that closes it (rule G3).

Wagtail writes the index in a task: where there is a worker some time later, and never where it fails.
"""

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.db.models.signals import pre_save
from wagtail.search import index

from home.models.reading import Readable


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
    for model in apps.get_models():
        if issubclass(model, Readable):
            pre_save.connect(forget_words, sender=model)
