"""The sandbox running: Django's server in a thread, and which path is whose."""

import json
import re
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any, Self
from urllib.parse import urlsplit

from django.core.handlers.wsgi import WSGIRequest
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.http import HttpRequest, HttpResponse, JsonResponse

from . import api, dashboard
from .accounts import Account
from .checkout_page import CheckoutPage, pay_checkout
from .controls import Controls
from .deliveries import is_local
from .errors import DeclinedError, StripeError
from .invoice_page import InvoicePage
from .messages import FOLDER, HangUpError, OverError
from .portal_page import PortalPage
from .resources import present

TICK = 0.5
# Each is the method of that name; its arguments come as a JSON object.
CALLS = (
    "advance", "advance_to", "advance_to_next", "create_account", "deliver", "deliveries", "events",
    "flush", "mail", "mischief", "now", "pay_checkout", "press", "requests", "reset",
)  # fmt: skip


class Listener(ThreadedWSGIServer):
    request_queue_size = 128

    def __init__(self, host: str, port: int, sandbox: Controls) -> None:
        super().__init__((host, port), Handler, ipv6=":" in host)
        self.sandbox = sandbox
        self.set_app(self.answer)

    def answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        try:
            response = dispatch(self.sandbox, WSGIRequest(environ))
        except HangUpError:
            environ["sandbox.connection"].shutdown(socket.SHUT_RDWR)
            raise
        except Exception:  # noqa: BLE001 - a mistake of the sandbox must be seen by whoever uses it
            traceback.print_exc()
            error = {"type": "api_error", "message": traceback.format_exc()}
            response = JsonResponse({"error": error}, status=500)
        start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
        return [response.content]


class Handler(WSGIRequestHandler):
    server: Listener
    # Nagle's algorithm costs 40 ms a call.
    disable_nagle_algorithm = True

    def get_environ(self) -> dict[str, Any]:
        return {**super().get_environ(), "sandbox.connection": self.connection}

    def log_message(self, format: str, *args: object) -> None:
        if self.server.sandbox.verbose:
            sys.stderr.write(format % args + "\n")


def control(sandbox: Controls, request: HttpRequest, name: str) -> JsonResponse:
    """For tests that run the sandbox as a process: JSON in, JSON out."""
    if name not in CALLS:
        return JsonResponse({"error": f"There is POST {', '.join(CALLS)}."}, status=404)
    try:
        result = getattr(sandbox, name)(**json.loads(request.body or "{}"))
    except (ValueError, LookupError, TypeError, DeclinedError, StripeError) as problem:
        return JsonResponse({"error": f"{type(problem).__name__}: {problem}"}, status=400)
    shown = result.describe() if isinstance(result, Account) else present(result)
    return JsonResponse(shown, safe=False)


def style(sandbox: Controls, request: HttpRequest) -> HttpResponse:
    return HttpResponse((FOLDER / "style.css").read_bytes(), "text/css")


# What is asked for, and who answers. On a hosted page there may be a part of it, and an id.
INSIDE = r"(?:/([\w-]+))?(?:/(\w+))?"
VIEWS = {
    r"[A-Z]+ /v[12]/.*": api.answer,
    r"POST /_sandbox/(\w+)": control,
    r"GET /style\.css": style,
    r"GET /": dashboard.show,
    r"GET /mail": dashboard.show_mail,
    r"GET /accounts/([^/]+)/(test|live)": dashboard.show_world,
    r"GET /events/(\w+)": dashboard.show_event,
    r"POST /do/([\w-]+)": dashboard.act,
    r"(GET|POST) (/c/pay/(\w+))" + INSIDE: CheckoutPage.visit,
    r"(GET|POST) (/p/session/(\w+))" + INSIDE: PortalPage.visit,
    r"(GET|POST) (/i/\w+/(\w+))" + INSIDE: InvoicePage.visit,
}


def dispatch(sandbox: Controls, request: HttpRequest) -> HttpResponse:
    host = urlsplit("//" + request.headers.get("Host", "")).hostname
    if not is_local(host or ""):
        # A page elsewhere that has its name point here must not reach the buttons.
        return JsonResponse({"error": f"The sandbox isn't called {host}."}, status=421)
    asked = f"{'GET' if request.method == 'HEAD' else request.method} {request.path}"
    try:
        for pattern, view in VIEWS.items():
            if found := re.fullmatch(pattern, asked):
                return view(sandbox, request, *found.groups())
        raise OverError
    except OverError as over:
        return over.response


class Sandbox(Controls):
    """`Sandbox(port=0).start()` listens in a background thread; `stop()` ends it."""

    pay_checkout = pay_checkout
    press = dashboard.press
    mail = dashboard.mail

    def start(self) -> Self:
        self.listener = Listener(self.host, self.port, self)
        self.port = self.listener.server_address[1]
        self.stopping = threading.Event()
        self.deliverer.start()
        for work in (lambda: self.listener.serve_forever(0.05), self.tick):
            threading.Thread(target=work, daemon=True).start()
        return self

    def stop(self) -> None:
        self.stopping.set()
        if self.listener:
            self.listener.shutdown()
            self.listener.server_close()
            self.listener = None
        self.deliverer.stop()
        self.save()

    def tick(self) -> None:
        """Time passes even when nobody asks: what becomes due happens, and the state is kept."""
        while not self.stopping.wait(TICK):
            try:
                for world in self.worlds():
                    self.run_due(world)
                self.save()
            except Exception:  # noqa: BLE001 - time must go on; the mistake is shown
                traceback.print_exc()
