"""The sandbox's web pages: which path is whose."""

import re
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse

from . import dashboard, hosted
from .checkout_page import CheckoutPage
from .invoice_page import InvoicePage
from .messages import FOLDER, OverError
from .portal_page import PortalPage

if TYPE_CHECKING:
    from .server import Sandbox

HOSTED = {
    r"(?P<path>/c/pay/(?P<key>\w+))": CheckoutPage,
    r"(?P<path>/p/session/(?P<key>\w+))": PortalPage,
    r"(?P<path>/i/\w+/(?P<key>\w+))": InvoicePage,
}
INSIDE = r"(?:/(?P<action>[\w-]+))?(?:/(?P<id>\w+))?"


def style(sandbox: "Sandbox", request: HttpRequest) -> HttpResponse:
    return HttpResponse((FOLDER / "style.css").read_bytes(), "text/css")


BOARD = {
    r"GET /style\.css": style,
    "GET /": dashboard.show,
    "GET /mail": dashboard.show_mail,
    r"GET /accounts/([^/]+)/(test|live)": dashboard.show_world,
    r"GET /events/(\w+)": dashboard.show_event,
    r"POST /do/([\w-]+)": dashboard.act,
}


def answer(sandbox: "Sandbox", request: HttpRequest) -> HttpResponse:
    asked = f"{'GET' if request.method == 'HEAD' else request.method} {request.path}"
    try:
        for path, view in BOARD.items():
            if found := re.fullmatch(path, asked):
                return view(sandbox, request, *found.groups())
        for path, page in HOSTED.items():
            if found := re.fullmatch(path + INSIDE, request.path):
                return hosted.visit(sandbox, page, request, found)
        raise OverError
    except OverError as over:
        return over.response
