"""The sandbox's web pages: which path is whose."""

import re
from typing import TYPE_CHECKING

from . import dashboard, hosted
from .checkout_page import CheckoutPage
from .invoice_page import InvoicePage
from .messages import FOLDER, OverError, Request, Response
from .portal_page import PortalPage

if TYPE_CHECKING:
    from .server import Sandbox

HOSTED = {
    r"(?P<path>/c/pay/(?P<key>\w+))": CheckoutPage,
    r"(?P<path>/p/session/(?P<key>\w+))": PortalPage,
    r"(?P<path>/i/\w+/(?P<key>\w+))": InvoicePage,
}
INSIDE = r"(?:/(?P<action>[\w-]+))?(?:/(?P<id>\w+))?"


def style(sandbox: "Sandbox", request: Request) -> Response:
    headers = {"Content-Type": "text/css", "Cache-Control": "max-age=60"}
    return Response(200, (FOLDER / "style.css").read_bytes(), headers)


BOARD = [
    ("GET", r"/style\.css", style),
    ("GET", "/", dashboard.show),
    ("GET", "/mail", dashboard.mail_page),
    ("GET", r"/accounts/([^/]+)/(test|live)", dashboard.show_world),
    ("GET", r"/events/(\w+)", dashboard.show_event),
    ("POST", r"/do/([\w-]+)", dashboard.act),
]


def answer(sandbox: "Sandbox", request: Request) -> Response:
    method = "GET" if request.method == "HEAD" else request.method
    try:
        for allowed, path, view in BOARD:
            if method == allowed and (found := re.fullmatch(path, request.path)):
                return view(sandbox, request, *found.groups())
        for path, page in HOSTED.items():
            if found := re.fullmatch(path + INSIDE, request.path):
                return hosted.visit(sandbox, page, request, found)
        raise OverError
    except OverError as over:
        return over.response
