"""The HTTP server, which is Django's, and one place where a path is given to who answers it."""

import socket
import sys
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.core.handlers.wsgi import WSGIRequest
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.http import HttpRequest, HttpResponse, JsonResponse

from . import api, control, pages
from .messages import HangUpError
from .outbound import is_local

if TYPE_CHECKING:
    from .server import Sandbox


class Listener(ThreadedWSGIServer):
    request_queue_size = 128

    def __init__(self, host: str, port: int, sandbox: "Sandbox") -> None:
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
    # One packet for the answer, sent at once: Nagle's algorithm costs 40 ms a call.
    wbufsize = -1
    disable_nagle_algorithm = True
    timeout = 60

    def get_environ(self) -> dict[str, Any]:
        return {**super().get_environ(), "sandbox.connection": self.connection}

    def log_message(self, format: str, *args: object) -> None:
        if self.server.sandbox.verbose:
            sys.stderr.write(format % args + "\n")


def dispatch(sandbox: "Sandbox", request: HttpRequest) -> HttpResponse:
    host = urlsplit("//" + request.headers.get("Host", "")).hostname
    if not is_local(host or ""):
        # A page elsewhere that has its name point here must not reach the buttons.
        return JsonResponse({"error": f"The sandbox isn't called {host}."}, status=421)
    if request.path.startswith(("/v1/", "/v2/")):
        return api.answer(sandbox, request)
    if request.path.startswith("/_sandbox/"):
        return control.answer(sandbox, request)
    return pages.answer(sandbox, request)
