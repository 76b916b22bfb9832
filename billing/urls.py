"""Stripe's way in, and the member's own pages."""

from django.urls import path, re_path

from billing.views import account
from billing.views.after_payment import missing_payment, success
from billing.views.portal_return import returned
from billing.views.pro import checkout, pro
from billing.webhooks.view import stripe_webhook

urlpatterns = [
    # With and without a slash: a redirect would lose the body.
    re_path(r"^api/stripe/webhook/?$", stripe_webhook, name="stripe_webhook"),
    path("pro/", pro, name="pro"),
    path("account/billing/checkout/", checkout, name="billing_checkout"),
    path("account/billing/success/", success, name="billing_success"),
    path("account/billing/portal/", account.portal, name="billing_portal"),
    path("account/billing/pay/", account.pay, name="billing_pay"),
    path("account/billing/resume/", account.resume, name="billing_resume"),
    path("account/billing/ask/", missing_payment, name="billing_ask"),
    path("account/billing/return/", returned, name="billing_return"),
    path("account/billing/invoices/<int:pk>/", account.invoice, name="billing_invoice"),
]
