"""The paths of the sandbox's pages."""

from __future__ import annotations

from . import checkout_page, dashboard, invoice_page, portal_page
from .pages import View, style

PORTAL = r"/p/session/(?P<secret>[\w]+)"
INVOICE = r"/i/(?P<account>[\w]+)/(?P<secret>[\w]+)"
CHECKOUT = r"/c/pay/(?P<id>[\w]+)"

ROUTES: list[tuple[str, str, View]] = [
    ("GET", r"/style\.css", style),
    ("GET", CHECKOUT, checkout_page.show),
    ("POST", CHECKOUT, checkout_page.pay),
    ("GET", CHECKOUT + "/confirm", checkout_page.ask),
    ("POST", CHECKOUT + "/confirm", checkout_page.confirm),
    ("GET", PORTAL, portal_page.show),
    ("GET", PORTAL + "/done", portal_page.done),
    ("GET", PORTAL + "/payment-method", portal_page.show_card),
    ("POST", PORTAL + "/payment-method", portal_page.save_card),
    ("POST", PORTAL + "/payment-method/confirm", portal_page.confirm_card),
    ("GET", PORTAL + r"/cancel/(?P<id>\w+)", portal_page.show_cancel),
    ("POST", PORTAL + r"/cancel/(?P<id>\w+)", portal_page.cancel),
    ("POST", PORTAL + r"/resume/(?P<id>\w+)", portal_page.resume),
    ("GET", PORTAL + r"/update/(?P<id>\w+)", portal_page.show_update),
    ("POST", PORTAL + r"/update/(?P<id>\w+)", portal_page.update),
    ("GET", INVOICE, invoice_page.show),
    ("POST", INVOICE, invoice_page.pay),
    ("POST", INVOICE + "/confirm", invoice_page.confirm),
    ("GET", INVOICE + "/pdf", invoice_page.pdf_file),
    ("GET", "/", dashboard.show),
    ("GET", r"/mail", dashboard.mail_page),
    ("GET", r"/accounts/(?P<name>[^/]+)/(?P<mode>test|live)", dashboard.show_world),
    ("GET", r"/events/(?P<id>\w+)", dashboard.show_event),
    ("POST", r"/do/(?P<what>[\w-]+)", dashboard.act),
]
