"""Which of allauth's forms are ours: each that takes an e-mail address."""

FORMS = {
    "add_email": "membership.forms.NewAddressForm",
    "change_email": "membership.forms.CorrectAddressForm",
    "login": "membership.forms.SignInForm",
    "request_login_code": "membership.forms.LoginCodeForm",
    "reset_password": "membership.forms.ResetPasswordForm",
    "signup": "membership.forms.SignUpForm",
}
