"""What a tenant is called, which language it speaks and how it looks."""

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, ObjectList
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting
from wagtail.models import Collection, Site

from krate_site.domain_names import ModelAddressField
from krate_site.tenancy.content_version import ContentStamp
from krate_site.tenancy.forms import PublicationForm
from krate_site.tenancy.permissions import TenantPermissionPolicy

__all__ = ["ContentStamp", "LiveBinding", "Publication", "Tenant"]


@register_setting(icon="site", order=100)
class Publication(BaseSiteSetting):
    """One record a tenant; the name itself is the Site's own `site_name`."""

    site = models.OneToOneField(
        Site, on_delete=models.CASCADE, editable=False, related_name="publication"
    )
    tagline = models.CharField(_("tagline"), max_length=160, blank=True)
    language = models.CharField(
        _("language"),
        max_length=10,
        choices=settings.LANGUAGES,
        default=settings.LANGUAGE_CODE,
        help_text=_("The language of buttons, dates, prices and mails."),
    )
    contact_email = ModelAddressField(
        _("contact address"), blank=True, help_text=_("Replies to the site's mails go here.")
    )
    accent_color = models.CharField(
        _("accent colour"),
        max_length=7,
        default="#9b1c31",
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$", _("Enter a colour like #9b1c31."))],
    )
    logo = models.ForeignKey(
        settings.WAGTAILIMAGES_IMAGE_MODEL,
        verbose_name=_("logo"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    footer_text = models.TextField(_("footer"), blank=True)

    edit_handler = ObjectList(
        [
            FieldPanel("name"),
            FieldPanel("tagline"),
            FieldPanel("language"),
            FieldPanel("contact_email"),
            FieldPanel("accent_color"),
            FieldPanel("logo"),
            FieldPanel("footer_text"),
        ],
        base_form_class=PublicationForm,
    )

    class Meta:
        verbose_name = _("publication")

    @classmethod
    def get_permission_policy(cls) -> TenantPermissionPolicy:
        return TenantPermissionPolicy(cls)

    @classmethod
    def for_site(cls, site: Site) -> "Publication":
        """Return the site's record, without a query where it came along with the site."""
        known: Publication | None = getattr(site, "publication", None)
        return known or super().for_site(site)

    @property
    def name(self) -> str:
        """The tenant's name as readers see it."""
        return self.site.site_name or self.site.hostname


class Tenant(models.Model):
    """What a Site owns in Wagtail's global tables: its collection of files and its two groups.

    Made by `create_tenant`. A group counts at its own tenant's host only (rule T4), so whoever
    works for two tenants has two groups, and sees one tenant at a time.
    """

    site = models.OneToOneField(Site, on_delete=models.CASCADE, related_name="tenant")
    collection = models.OneToOneField(Collection, on_delete=models.PROTECT, related_name="tenant")
    admins = models.OneToOneField(Group, on_delete=models.PROTECT, related_name="admins_of")
    editors = models.OneToOneField(Group, on_delete=models.PROTECT, related_name="editors_of")

    class Meta:
        verbose_name = _("tenant")
        verbose_name_plural = _("tenants")

    def __str__(self) -> str:
        return str(self.site)


class LiveBinding(models.Model):
    """Where a tenant takes real money: under which host name, at which installation.

    `installation` says by what a copy of the database is told: see `clone_guard`.
    """

    site = models.OneToOneField(Site, on_delete=models.CASCADE, related_name="live_binding")
    hostname = models.CharField(max_length=255)
    installation = models.CharField(max_length=64, db_index=True)
    bound_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("live binding")
        verbose_name_plural = _("live bindings")

    def __str__(self) -> str:
        return self.hostname
