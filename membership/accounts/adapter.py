"""allauth's hooks: accounts in the tenant's name, with links from the Site record;
and what the owner of an account is told by mail of a change to it."""

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import Login
from allauth.core import context as allauth_context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.ratelimit import respond_429
from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from django_tasks import TaskResultStatus
from wagtail.models import Site

from krate_site.tenancy.models import Publication
from krate_site.tenancy.sites import absolute_url, current_site
from membership.accounts.next_url import is_path_here
from membership.emails import send_tenant_mail

# What a page shows by itself needs no message on top, which would turn up a page too late.
SPARE_MESSAGES = (
    "account/messages/logged_in.txt",
    "account/messages/logged_out.txt",
    "account/messages/login_code_sent.txt",
    "account/messages/email_confirmation_sent.txt",
    "mfa/messages/recovery_codes_generated.txt",
)
# What allauth's forms say themselves. Named here, it is translated by us: allauth's German says "du".
POLITELY_TRANSLATED = (gettext_noop("You must type the same password each time."),)
ADDRESS_PROVEN = "account/messages/email_confirmed.txt"
NOTICE = "account/email/notice"
# Of whoever has an account here and of whoever hasn't: each of them is mailed something.
UNSENT = _("We couldn't send the e-mail just now. Please ask for it again in a minute.")
UNTOLD = _("This is done. Only the e-mail that confirms it couldn't be sent.")
# The codes of allauth's errors for whoever tries too often.
TOO_MANY = ("too_many_login_attempts", "rate_limited")


class AccountAdapter(DefaultAccountAdapter):
    """Accounts belong to the platform; whoever signs up sees only the tenant."""

    # In allauth's German half of them say "du", where the site says "Sie".
    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("The e-mail address or the password isn't right."),
        "enter_current_password": _("This isn't your current password."),
        "incorrect_code": _("This isn't the code that we mailed, or it is too old."),
        "incorrect_password": _("This isn't your password."),
    }

    def is_safe_url(self, url: str | None) -> bool:
        """Let the way back be a path of this host only."""
        return is_path_here(url)

    def is_login_by_code_required(self, login: Login) -> bool:
        """Prove a new account's address, and a known one's, by the same code on the same page."""
        return login.signup or super().is_login_by_code_required(login)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send one of allauth's mails in the tenant's name; say so where it couldn't be sent."""
        request = allauth_context.request
        site = current_site(request)
        links = {
            "sign_up_url": absolute_url(site, reverse("account_signup")),
            "sign_in_url": absolute_url(site, reverse("account_login")),
            "reset_url": absolute_url(site, reverse("account_reset_password")),
        }
        sent = send_tenant_mail(
            site,
            to=email,
            template=template_prefix,
            context={**context, **links, "is_sign_up": request.path == reverse("account_signup")},
        )
        if sent.status == TaskResultStatus.FAILED:
            messages.error(request, UNTOLD if template_prefix == NOTICE else UNSENT)

    def send_notification_mail(
        self,
        template_prefix: str,
        user: Any,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Tell the owner of an account of a change to it, without the browser's fingerprints."""
        words = {"notice": notice(template_prefix, context or {})}
        self.send_mail(NOTICE, email or user.email, words)

    def is_reauthentication_required(self, *, app: str) -> bool:
        """Ask again before a change to how one signs in, of those who have a way to answer."""
        return bool(self.get_reauthentication_methods(allauth_context.request.user))

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # allauth's own key has the Host header with its port in it: each port a fresh budget.
        login = credentials.get("email", "").lower()
        return f"login:{login}"

    def validation_error(self, code: str, *args: Any) -> ValidationError:
        """Answer too many attempts by 429, for every form alike: other errors are the form's."""
        if code in TOO_MANY:
            raise ImmediateHttpResponse(respond_429(allauth_context.request))
        return super().validation_error(code, *args)

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Return the mailed link to a new password, at the tenant's own address."""
        return password_url(current_site(allauth_context.request), key)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account")

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        """Add a message, but for the chatty ones."""
        # Whoever signs up knows: he typed in the code, and is where he wanted to be.
        proves_by_code = request.path == reverse("account_confirm_login_code")
        told_by_code = proves_by_code and message_template == ADDRESS_PROVEN
        if message_template not in SPARE_MESSAGES and not told_by_code:
            super().add_message(request, level, message_template, *args, **kwargs)


def password_url(site: Site, key: str) -> str:
    """Return allauth's page for choosing a password by this key, at the tenant's host."""
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
    return absolute_url(site, path.replace("UID-KEY", quote(key)))


class SecondFactorAdapter(DefaultMFAAdapter):
    """The tenant's name in the authenticator app, not its Host header."""

    def get_totp_issuer(self) -> str:
        return Publication.for_site(current_site(allauth_context.request)).name


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
