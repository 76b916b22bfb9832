"""Which of allauth's forms are ours: each that takes an e-mail address."""

FORMS = {
    "add_email": "membership.accounts.forms.NewAddressForm",
    "change_email": "membership.accounts.forms.CorrectAddressForm",
    "login": "membership.accounts.forms.SignInForm",
    "request_login_code": "membership.accounts.forms.LoginCodeForm",
    "reset_password": "membership.accounts.forms.ResetPasswordForm",
    "signup": "membership.accounts.forms.SignUpForm",
}
