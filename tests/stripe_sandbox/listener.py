"""The HTTP server: threads, keep-alive, and one place where a path is given to who answers it."""

import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from . import api, control, pages
from .messages import Request, Response, json_response
from .outbound import is_local

if TYPE_CHECKING:
    from .server import Sandbox


class Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, host: str, port: int, sandbox: "Sandbox") -> None:
        self.sandbox = sandbox
        super().__init__((host, port), Handler)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "StripeSandbox/1"
    sys_version = ""
    # One packet for the answer, sent at once: Nagle's algorithm costs 40 ms a call.
    wbufsize = -1
    disable_nagle_algorithm = True
    timeout = 60
    server: Listener

    def answer(self) -> None:
        url = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, unquote(url.path), url.query, headers, body)
        try:
            self.send(dispatch(self.server.sandbox, request))
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        except Exception:  # noqa: BLE001 - a mistake of the sandbox must be seen by whoever uses it
            trace = traceback.format_exc()
            self.server.sandbox.report(trace)
            self.send(json_response({"error": {"type": "api_error", "message": trace}}, 500))

    do_GET = do_POST = do_DELETE = do_HEAD = answer  # noqa: N815

    def send(self, response: Response) -> None:
        if response.hang_up:
            self.close_connection = True
            return
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        if self.server.sandbox.verbose:
            self.server.sandbox.report(format % args)


def dispatch(sandbox: "Sandbox", request: Request) -> Response:
    host = urlsplit("//" + request.headers.get("host", "")).hostname
    if not is_local(host or ""):
        # A page elsewhere that has its name point here must not reach the buttons.
        return json_response({"error": f"The sandbox isn't called {host}."}, 421)
    if request.path.startswith(("/v1/", "/v2/")):
        return api.answer(sandbox, request)
    if request.path.startswith("/_sandbox/"):
        return control.answer(sandbox, request)
    return pages.answer(sandbox, request)
