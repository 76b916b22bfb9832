"""The form of a tenant's billing settings: refuses what can't work, and never shows a secret."""

import re
from typing import Any

import stripe
from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_variables
from wagtail.admin.forms import WagtailAdminModelForm

from billing.models.secrets import SecretUnreadableError, reveal
from billing.setup import checks
from billing.setup.check_messages import describe
from billing.setup.live_mode import goes_live, leaves_live, members_who_really_pay, objections
from billing.stripe_api.client import client_for_key
from billing.stripe_api.errors import StripeKeysRefused, StripeObjectMissing, StripeProblem
from billing.stripe_ids import PRICE_ID, PUBLISHABLE_KEY, SECRET_KEY, WEBHOOK_SECRET, Mode, key_mode
from billing.webhooks.signing_secrets import current_secret, keep_mode, replace_secret

SECRETS = ("secret_key", "webhook_secret")


class SecretInput(forms.PasswordInput):
    """An empty box, whatever is stored or was typed."""

    def __init__(self) -> None:
        super().__init__(attrs={"autocomplete": "off", "spellcheck": "false"}, render_value=False)


class SecretField(forms.CharField):
    """Blank keeps what is stored."""

    widget = SecretInput

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(data)


class OpenField(forms.CharField):
    """What is no secret; one that was typed into this box by mistake isn't sent back in it."""

    def prepare_value(self, value: Any) -> Any:
        is_secret = any(shape.search(str(value)) for shape in (SECRET_KEY, WEBHOOK_SECRET))
        return "" if is_secret else super().prepare_value(value)


class BillingSettingsForm(WagtailAdminModelForm):
    """Checks what can be told from the texts, then asks Stripe about keys and prices.

    A definite no from Stripe is an error of its field. Where Stripe can't be reached, the settings
    are saved unchecked (rule B2).
    """

    publishable_key = OpenField(
        label=_("Publishable key"), required=False, help_text=_("Begins with pk_test_ or pk_live_.")
    )
    secret_key = SecretField(label=_("Secret key"), required=False)
    webhook_secret = SecretField(label=_("Webhook signing secret"), required=False)
    monthly_price_id = OpenField(
        label=_("Monthly price"), required=False, help_text=_("An id that begins with price_.")
    )
    annual_price_id = OpenField(
        label=_("Annual price"), required=False, help_text=_("An id that begins with price_.")
    )

    leave_live = forms.BooleanField(label=_("Go back to test mode all the same"), required=False)

    # What Stripe said of the prices, by field; None where it wasn't reached.
    facts: dict[str, checks.PriceFacts]
    stripe_answered: bool
    # Whether this is the step from test mode, or from nothing, to live.
    goes_live: bool
    # Whether it is the step back, which members who pay with real money would feel.
    leaves_live: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.facts = {}
        self.stripe_answered = False
        self.goes_live = False
        self.leaves_live = False
        for name in SECRETS:
            self.fields[name].help_text = secret_hint(self.instance, name)

    def clean_publishable_key(self) -> str:
        return self._shaped("publishable_key", PUBLISHABLE_KEY, PUBLISHABLE_KEY_WORDS)

    def clean_monthly_price_id(self) -> str:
        return self._price("monthly_price_id")

    def clean_annual_price_id(self) -> str:
        return self._price("annual_price_id")

    def clean_secret_key(self) -> Any:
        return self._secret("secret_key", SECRET_KEY, SECRET_KEY_WORDS)

    def clean_webhook_secret(self) -> Any:
        return self._secret("webhook_secret", WEBHOOK_SECRET, WEBHOOK_SECRET_WORDS)

    @sensitive_variables("cleaned", "secret_key")
    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        secret_key = self._secret_key_to_be()
        modes = {key_mode(cleaned.get("publishable_key") or ""), key_mode(secret_key)} - {None}
        if len(modes) > 1:
            self.add_error("publishable_key", MIXED_MODES)
        monthly, annual = cleaned.get("monthly_price_id"), cleaned.get("annual_price_id")
        if monthly and monthly == annual:
            self.add_error("annual_price_id", _("This is the monthly price already."))
        confirmed = cleaned.pop("leave_live", False)  # no setting
        if not self.errors and leaves_live(self.instance, key_mode(secret_key)):
            self.leaves_live = True
            losing = members_who_really_pay(self.instance)
            if losing and not confirmed:
                self.add_error("leave_live", would_lose_pro(losing))
        if secret_key and not self.errors:
            client = client_for_key(secret_key)
            self._ask_stripe(client)
            if not self.errors and goes_live(self.instance, key_mode(secret_key)):
                self.goes_live = True
                for words in objections(client, cleaned, self.facts, answered=self.stripe_answered):
                    self.add_error(None, words)
        if self.errors and any(self.data.get(self.add_prefix(name)) for name in SECRETS):
            self.add_error(None, _("Nothing was saved. Please enter the secrets again, too."))
        return cleaned

    @sensitive_variables("entered")
    def save(self, commit: bool = True) -> Any:
        """Save what was entered and no other column: a kept secret may be renewed at this moment.

        A signing secret that is replaced stays valid for a day, and one that is kept keeps its mode,
        whatever the keys become.
        """
        entered = self.cleaned_data["webhook_secret"]
        instance = super().save(commit=False)
        columns = [
            name
            for name in self.cleaned_data
            if name != "webhook_secret" and (name not in SECRETS or name in self.changed_data)
        ]
        with transaction.atomic():
            stored = type(instance).objects.select_for_update().get(pk=instance.pk)
            if "webhook_secret" in self.changed_data:
                mode: Mode = instance.readable_mode or "test"
                rolled = replace_secret(stored, entered, mode=mode)
            else:
                rolled = keep_mode(stored)
            for name in rolled:
                setattr(instance, name, getattr(stored, name))
            if commit:
                instance.save(update_fields=[*columns, *rolled])
        return instance

    def _ask_stripe(self, client: stripe.StripeClient) -> None:
        try:
            finding = checks.check_keys(client)
            if not finding.works:
                self.add_error("secret_key", describe(finding.code, finding.params))
                return
            for name in checks.INTERVALS:
                price_id = self.cleaned_data[name]
                if price_id:
                    self._ask_about_price(client, name, price_id)
        except StripeProblem:
            return
        self.stripe_answered = True
        if len(self.facts) == len(checks.INTERVALS):
            mismatch = checks.check_price_pair(
                self.facts["monthly_price_id"], self.facts["annual_price_id"]
            )
            if mismatch:
                self.add_error("annual_price_id", describe(mismatch.code, mismatch.params))

    def _ask_about_price(self, client: stripe.StripeClient, name: str, price_id: str) -> None:
        try:
            facts = checks.read_price(client, price_id)
        except StripeObjectMissing:
            self.add_error(name, describe("not_found", {}))
            return
        except StripeKeysRefused:
            # A restricted key that may not read prices; the checklist says so after saving.
            return
        finding = checks.check_price(name, facts)
        if finding.works:
            self.facts[name] = facts
        else:
            self.add_error(name, describe(finding.code, finding.params))

    def _shaped(self, name: str, shape: re.Pattern[str], words: str | Promise) -> str:
        value: str = self.cleaned_data[name]
        if value and not shape.fullmatch(value):
            raise ValidationError(str(words))
        return value

    @sensitive_variables("value")
    def _secret(self, name: str, shape: re.Pattern[str], words: str | Promise) -> Any:
        value = self._shaped(name, shape, words)
        return value or getattr(self.instance, name)

    def _price(self, name: str) -> str:
        value: str = self.cleaned_data[name]
        if value.startswith("prod_"):
            raise ValidationError(
                _("This is a product's id. Enter the id of its price, which begins with price_.")
            )
        return self._shaped(name, PRICE_ID, _("A price's id begins with price_."))

    @sensitive_variables()
    def _secret_key_to_be(self) -> str:
        """Return the key as it will be stored: the one typed in, else the one that is kept."""
        value = self.cleaned_data.get("secret_key") or ""
        if isinstance(value, str):
            return value
        try:
            return reveal(self.instance, "secret_key")
        except SecretUnreadableError:
            return ""


def secret_hint(instance: Any, name: str) -> str | Promise:
    """Return what may be said of a stored secret: whether there is one, its mode, its last four."""
    try:
        stored = reveal(instance, name)
        signing = current_secret(instance) if name == "webhook_secret" else None
    except SecretUnreadableError:
        return describe("key_unreadable", {})
    if not stored:
        return _("Nothing is stored yet.")
    words = STORED_WORDS[signing.mode if signing else None]
    return words % {"last_four": stored[-4:]}


def would_lose_pro(members: int) -> str:
    """Return what test keys would do to those who pay with real money."""
    return ngettext(
        "%(count)s member pays with real money. Beside test keys that counts for nothing: Pro "
        "would end at once, and Stripe would go on charging. Cancel that subscription at Stripe "
        "first, or tick this box.",
        "%(count)s members pay with real money. Beside test keys that counts for nothing: their "
        "Pro would end at once, and Stripe would go on charging. Cancel their subscriptions at "
        "Stripe first, or tick this box.",
        members,
    ) % {"count": members}


STORED_WORDS: dict[Mode | None, str | Promise] = {
    None: _("Stored, ends with %(last_four)s. Leave blank to keep it."),
    "test": _("Stored for test mode, ends with %(last_four)s. Leave blank to keep it."),
    "live": _("Stored for live mode, ends with %(last_four)s. Leave blank to keep it."),
}
PUBLISHABLE_KEY_WORDS = _(
    "This isn't a publishable key: it begins with pk_test_ or pk_live_. You find it at Stripe "
    "under Developers → API keys."
)
SECRET_KEY_WORDS = _(
    "This isn't a secret key: it begins with sk_test_, sk_live_, rk_test_ or rk_live_. You find "
    "it at Stripe under Developers → API keys."
)
WEBHOOK_SECRET_WORDS = _(
    "This isn't a signing secret: it begins with whsec_. You find it at Stripe beside your "
    "webhook endpoint."
)
MIXED_MODES = _(
    "One key is for test mode and the other for live mode. Both must be of the same mode."
)
