"""Tags offered while typing: Wagtail offers every tenant's, this offers the host's own."""

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.http import HttpRequest, JsonResponse
from taggit.models import ItemBase, Tag

from krate_site.tenancy.guard import scoped_to_tenant
from krate_site.tenancy.ownership import of_tenant
from krate_site.tenancy.sites import current_site

OFFERED = 10


@scoped_to_tenant
def autocomplete(
    request: HttpRequest, app_name: str | None = None, model_name: str | None = None
) -> JsonResponse:
    """Answer the names of tags that begin with `term` and stand on something of this tenant's.

    The shared tags' table has no tenant, so a tag is a tenant's by what it stands on. Tags of
    a kind of their own (`model_name`) do not exist here.
    """
    term = request.GET.get("term", "")
    if not term or (model_name or "tag") != Tag._meta.model_name:
        return JsonResponse([], safe=False)
    names: set[str] = set()
    for tagging in taggings():
        tagged = tagging._meta.get_field("content_object").related_model
        own = of_tenant(tagged._base_manager.all(), current_site(request))
        names.update(
            tagging._base_manager.filter(
                content_object__in=own.values("pk"), tag__name__istartswith=term
            ).values_list("tag__name", flat=True)[:OFFERED]
        )
    return JsonResponse(sorted(names)[:OFFERED], safe=False)


def taggings() -> list[type[ItemBase]]:
    """Return the models that put a shared tag on something by a foreign key."""
    found = []
    for model in apps.get_models():
        try:
            if issubclass(model, ItemBase) and model._meta.get_field("content_object").remote_field:
                found.append(model)
        except FieldDoesNotExist:
            continue
    return found
