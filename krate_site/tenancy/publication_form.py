"""The panel of a publication: its name stands in the Site record, and is edited here all the same."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from krate_site.tenancy.forms import TenantSettingForm


class PublicationForm(TenantSettingForm):
    """The tenant's name beside its look; saving writes the name to `Site.site_name`."""

    name = forms.CharField(
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
