"""Whether a tenant sells, with which keys, and what its Pro plan costs."""

from typing import Any, ClassVar

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting
from wagtail.models import Site

from billing.models.secrets import EncryptedTextField, Sealed, SecretUnreadableError, reveal, seal
from billing.permissions import BillingPermissionPolicy
from billing.stripe_ids import Mode, key_mode


class TenantFeatures(models.Model):
    """What a platform administrator enabled for a tenant (rule T3)."""

    site = models.OneToOneField(Site, on_delete=models.CASCADE, related_name="features")
    billing_enabled = models.BooleanField(_("billing enabled"), default=False)

    class Meta:
        verbose_name = _("tenant features")
        verbose_name_plural = _("tenant features")

    def __str__(self) -> str:
        return str(self.site)


@register_setting(icon="credit-card", order=200)
class BillingSettings(BaseSiteSetting):
    """A tenant's Stripe keys, prices and policies. Secrets are encrypted and never shown again."""

    publishable_key = models.CharField(_("publishable key"), max_length=255, blank=True)
    secret_key = EncryptedTextField(_("secret key"), blank=True)
    webhook_secret = EncryptedTextField(_("webhook signing secret"), blank=True)
    previous_webhook_secret = EncryptedTextField(_("previous webhook signing secret"), blank=True)
    # When the previous secret was replaced: it counts for a day from then, without a time never.
    webhook_secret_replaced_at = models.DateTimeField(null=True, editable=False)
    monthly_price_id = models.CharField(_("monthly price"), max_length=255, blank=True)
    annual_price_id = models.CharField(_("annual price"), max_length=255, blank=True)
    trial_days = models.PositiveSmallIntegerField(
        _("trial, in days"),
        default=0,
        validators=[MaxValueValidator(730)],
        help_text=_("Free days before the first charge, for new subscribers. 0 for none."),
    )
    allow_promotion_codes = models.BooleanField(
        _("allow promotion codes"),
        default=False,
        help_text=_("Lets people enter a code from your Stripe account when they pay."),
    )
    past_due_grace_days = models.PositiveSmallIntegerField(
        _("grace after a failed payment, in days"),
        default=14,
        validators=[MaxValueValidator(60)],
        help_text=_(
            "How long a member who has paid before keeps reading while Stripe tries the charge "
            "again."
        ),
    )
    renewal_allowance_days = models.PositiveSmallIntegerField(
        _("allowance for a late renewal notice, in days"),
        default=3,
        validators=[MaxValueValidator(30)],
        help_text=_("How long access goes on after the paid period if Stripe's notice is late."),
    )
    # What Stripe answered when the settings were last checked, by `billing.setup.checks`.
    findings = models.JSONField(default=list, editable=False)
    checked_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("billing")

    @classmethod
    def get_permission_policy(cls) -> BillingPermissionPolicy:
        return BillingPermissionPolicy(cls)

    @property
    def mode(self) -> Mode | None:
        """Test or live by the keys' prefix, None without keys (rule B2: all are of one mode)."""
        return key_mode(self.publishable_key) or key_mode(reveal(self, "secret_key"))

    @property
    def readable_mode(self) -> Mode | None:
        """The same, None also where the keys can't be decrypted."""
        try:
            return self.mode
        except SecretUnreadableError:
            return None

    def save(self, *args: Any, **kwargs: Any) -> None:
        seal_new_secrets(self)
        super().save(*args, **kwargs)


def seal_new_secrets(settings: BillingSettings) -> None:
    """Seal signing secrets that are about to be saved with the mode of the keys beside them.

    Beside keys that can't be decrypted they are sealed without one, and follow the keys. A previous
    one that is new counts from now (`billing.webhooks.signing_secrets`).
    """
    for name in ("webhook_secret", "previous_webhook_secret"):
        value = getattr(settings, name)
        if not value or isinstance(value, Sealed):
            continue
        try:
            mode: Mode | None = settings.mode or "test"
        except SecretUnreadableError:
            mode = None
        setattr(settings, name, seal(value, site_id=settings.site_id, field=name, mode=mode))
        if name == "previous_webhook_secret" and settings.webhook_secret_replaced_at is None:
            settings.webhook_secret_replaced_at = timezone.now()


class Price(models.Model):
    """A price that the tenant sells Pro by, or once sold it by: those keep counting (rule B5).

    Amount and interval are empty until Stripe told them.
    """

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="pro_prices")
    stripe_id = models.CharField(max_length=255)
    product_id = models.CharField(max_length=255, blank=True)
    unit_amount = models.BigIntegerField(null=True, help_text="In the currency's smallest unit.")
    currency = models.CharField(max_length=3, blank=True)
    interval = models.CharField(max_length=10, blank=True)
    livemode = models.BooleanField(default=False)
    checked_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["site", "stripe_id"], name="one_price_per_site")
        ]
        indexes: ClassVar = [models.Index(fields=["site", "product_id"])]

    def __str__(self) -> str:
        return self.stripe_id
