"""A Stripe that takes as long as a test wants, for one tenant's key, and else is the sandbox."""

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from tests.faults import PATIENCE


class SlowStripe:
    """Passes calls on to the sandbox; those by a slow key wait until they are released."""

    def __init__(self, sandbox):
        self.slow = set()
        self.waiting = 0
        self.changed = threading.Condition()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler_for(self, sandbox))
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def delay(self, key):
        """Let the calls by this key wait from now on."""
        with self.changed:
            self.slow.add(key)

    def release(self):
        """Answer whoever waits, and everybody from now on."""
        with self.changed:
            self.slow.clear()
            self.changed.notify_all()

    def wait_for_calls(self, count):
        """Return once so many calls wait here."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.waiting == count, PATIENCE), self.waiting

    def hold(self, authorization):
        """Keep a call until it may go on."""
        with self.changed:
            self.waiting += 1
            self.changed.notify_all()
            self.changed.wait_for(
                lambda: not any(key in authorization for key in self.slow), PATIENCE
            )
            self.waiting -= 1

    def stop(self):
        self.release()
        self.server.shutdown()
        self.server.server_close()


def handler_for(stripe, sandbox):
    """Return the class that answers a call."""
    target = urlsplit(sandbox.url)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            stripe.hold(self.headers.get("Authorization", ""))
            onward = http.client.HTTPConnection(target.hostname, target.port)
            headers = {
                name: value for name, value in self.headers.items() if name.lower() != "host"
            }
            onward.request(self.command, self.path, body or None, headers)
            answer = onward.getresponse()
            told = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("connection", "content-length", "date", "server"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)
            onward.close()

        def log_message(self, *_args):
            pass

    for method in ("GET", "POST", "DELETE"):
        setattr(Handler, f"do_{method}", Handler.answer)
    return Handler
