"""The forms of accounts, where they differ from allauth's.

Each that takes an address takes it by `AccountAddressField`: what is looked up is what is kept.
"""

from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from allauth.account.fields import EmailField
from allauth.account.internal.flows.login import perform_login
from allauth.account.internal.flows.manage_email import sync_user_email_address
from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from allauth.core import context, ratelimit
from django import forms
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy as _

from krate_site.domain_names import AddressField, address_to_find
from membership.accounts.signals import remember_password
from membership.models import User


class AccountAddressField(AddressField, EmailField):
    """allauth's field, whose address comes out as it is kept."""


class SignInForm(allauth_forms.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = AccountAddressField()


class LoginCodeForm(allauth_forms.RequestLoginCodeForm):
    email = AccountAddressField()


class ResetPasswordForm(allauth_forms.ResetPasswordForm):
    email = AccountAddressField()


class NewAddressForm(allauth_forms.AddEmailForm):
    """For who is signed in."""

    email = AccountAddressField()


class CorrectAddressForm(allauth_forms.ChangeEmailForm):
    """For who waits for the first code, at an address with a slip of the pen in it."""

    email = AccountAddressField()


class SignUpForm(allauth_forms.SignupForm):
    """Signing up with a known address looks the same, and the mailed code signs in (rule T2)."""

    email = AccountAddressField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].label = _("Password, if you want one")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        # Each sign-up mails a code, so it draws on the address's budget for codes.
        if not self.errors and not ratelimit.consume(
            context.request, action="request_login_code", key=cleaned["email"]
        ):
            raise get_adapter().validation_error("too_many_login_attempts")
        return cleaned

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponseBase | None]:
        if not self.account_already_exists:
            user, response = super().try_save(request)
            remember_password(request, user, user.password)
            return user, response
        # Hashed in any case, so that a known address takes no less time to answer; none is unusable.
        hashed_password = make_password(self.cleaned_data["password1"] or None)
        user = User.objects.with_address(self.cleaned_data["email"]).first()
        if user is None or not user.is_active:
            return super().try_save(request)
        sync_user_email_address(user)
        remember_password(request, user, hashed_password)
        login = Login(
            user=user,
            email=user.email,
            redirect_url=get_next_redirect_url(request),
            signup=True,
        )
        return None, perform_login(request, login)


class DeleteAccountForm(forms.Form):
    """Asks for the password where there is one, and for the address anyway."""

    email = AddressField(
        label=_("Your e-mail address"),
        help_text=_("Type it in to confirm that this account shall be deleted."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        if not user.has_usable_password():
            del self.fields["password"]

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if email != address_to_find(self.user.email):
            raise forms.ValidationError(_("That isn't the address of this account."))
        return email

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        # Through allauth, so that guesses are counted.
        if not get_adapter().reauthenticate(self.user, password):
            raise forms.ValidationError(get_adapter().error_messages["incorrect_password"])
        return password


class NameForm(forms.ModelForm[User]):
    """The member's name."""

    class Meta:
        model = User
        fields = ["first_name", "last_name"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["first_name"].widget.attrs["autocomplete"] = "given-name"
        self.fields["last_name"].widget.attrs["autocomplete"] = "family-name"
