"""What the owner of an account is told by mail of a change to it, by allauth's name for the change."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

NOTICES: Mapping[str, str | Promise] = {
    "account/email/email_changed": _(
        "The e-mail address of your account was changed from %(from_email)s to %(to_email)s."
    ),
    "account/email/email_deleted": _("The e-mail address %(deleted_email)s was removed."),
    "account/email/password_changed": _("Your password was changed."),
    "account/email/password_reset": _("Your password was changed through a mailed link."),
    "account/email/password_set": _("A password was set for your account."),
    "mfa/email/totp_activated": _("The second factor for signing in was switched on."),
    "mfa/email/totp_deactivated": _("The second factor for signing in was switched off."),
    "mfa/email/recovery_codes_generated": _("New recovery codes were made."),
}


def notice(change: str, params: Mapping[str, Any]) -> str:
    """Return the sentence for a change, and a general one for a change that isn't listed."""
    if change not in NOTICES:
        return str(_("Something about signing in to your account was changed."))
    return str(NOTICES[change]) % params
