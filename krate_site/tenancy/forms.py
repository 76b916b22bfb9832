"""Forms of pages and settings that accept what is the tenant's own only.

Choosers offer nothing else; but a form can be sent with any key in it, and then the page, its
preview, and even the form as it comes back with errors would show another tenant's draft title,
picture or file. So the keys are looked at before anything else is.
Tags are offered while typing from the host's own, not every tenant's.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.core.exceptions import BadRequest, FieldDoesNotExist, PermissionDenied
from django.db.models import Model
from django.forms import CharField, Field, ModelChoiceField
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext_lazy as _
from taggit.models import ItemBase, Tag
from wagtail.admin.forms.models import WagtailAdminModelForm
from wagtail.admin.forms.pages import WagtailAdminPageForm
from wagtail.blocks.base import BlockField
from wagtail.documents import get_document_model
from wagtail.fields import RichTextField
from wagtail.images import get_image_model
from wagtail.models import Collection, Page, Site
from wagtail.rich_text import extract_references_from_rich_text

from krate_site.tenancy.admin_access import scoped_to_tenant
from krate_site.tenancy.ownership import LARGEST, is_key, numbers, of_tenant, site_of
from krate_site.tenancy.sites import current_site


class OwnReferences:
    """Put to the left of a Wagtail form: refuses keys of what another tenant owns."""

    instance: Any
    fields: dict[str, Field]
    is_bound: bool

    def site_of_instance(self) -> Site | None:
        """Return whose row this is."""
        return self.instance.site  # type: ignore[no-any-return]

    def full_clean(self) -> None:
        """Clean the form; raises `PermissionDenied` for a key that no chooser here offers, and
        `BadRequest` for what no form has: keys and counts of blocks that are no numbers.
        """
        site = self.site_of_instance() if self.is_bound else None
        if site is not None:
            try:
                references = list(self.references())
            except ValueError as error:
                raise BadRequest("A made-up form.") from error
            if names_foreign(references, site):
                raise PermissionDenied
        super().full_clean()  # type: ignore[misc]

    def references(self) -> Iterator[tuple[type[Model], str]]:
        """Yield model and key of all that was chosen: in fields, in blocks and in rich text."""
        columns = self.instance._meta.concrete_fields
        rich_texts = {column.name for column in columns if isinstance(column, RichTextField)}
        for name, form_field in self.fields.items():
            sent: Any = form_field.widget.value_from_datadict(
                self.data,  # type: ignore[attr-defined]
                self.files,  # type: ignore[attr-defined]
                self.add_prefix(name),  # type: ignore[attr-defined]
            )
            if isinstance(form_field, BlockField):
                for model, key, *_path in form_field.block.extract_references(sent):
                    yield model, key
            elif isinstance(form_field, ModelChoiceField):
                for key in sent if isinstance(sent, list) else [sent]:
                    if key and not is_key(key):
                        raise ValueError(f"{name} is no key.")
                    yield form_field.queryset.model, str(key or "")
            elif name in rich_texts:
                for model, key, *_path in extract_references_from_rich_text(sent or ""):
                    yield model, key


class TenantSettingForm(OwnReferences, WagtailAdminModelForm):
    """For a settings panel with a `site`."""


class PublicationForm(TenantSettingForm):
    """A tenant's name beside its look: the name stands in the Site record, and is edited here."""

    name = CharField(
        label=_("Name"),
        max_length=255,
        help_text=_("As readers see it: on every page, and as the sender of mails."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.site_id:
            self.fields["name"].initial = self.instance.site.site_name

    def save(self, commit: bool = True) -> Any:
        publication = super().save(commit=commit)
        site = publication.site
        if commit and site.site_name != self.cleaned_data["name"]:
            site.site_name = self.cleaned_data["name"]
            site.save(update_fields=["site_name"])
        return publication


class TenantPageForm(OwnReferences, WagtailAdminPageForm):
    """For all page types, by `home.models.mixins.Addressed`."""

    parent_page: Page | None

    def site_of_instance(self) -> Site | None:
        page = self.instance if self.instance.path else self.parent_page
        return site_of(page) if page is not None else None


def names_foreign(references: Iterable[tuple[type[Model], str]], site: Site) -> bool:
    """Return whether a page, file or collection among these exists, and is not the tenant's."""
    named: dict[type[Model], set[int]] = {}
    for model, key in references:
        if issubclass(model, (Page, Collection, get_image_model(), get_document_model())):
            named.setdefault(model, set()).update(numbers(key))
    for model, keys in named.items():
        rows = model._base_manager.filter(pk__in=[key for key in keys if abs(key) <= LARGEST])
        if rows.count() != of_tenant(rows, site).count():
            return True
    return False


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
