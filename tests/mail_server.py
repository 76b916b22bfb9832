"""A mail server on this machine, which notes to whom it was asked to deliver."""

import socketserver
import threading
from contextlib import contextmanager


class Conversation(socketserver.StreamRequestHandler):
    """As much of SMTP as Django's backend speaks."""

    def handle(self):
        self.say("220 ready")
        while line := self.rfile.readline():
            verb, _space, rest = line.decode().strip().partition(" ")
            if verb.upper() == "RCPT":
                self.server.recipients.append(rest.removeprefix("TO:").removeprefix("to:"))
            if verb.upper() == "DATA":
                self.say("354 go on")
                while self.rfile.readline().strip() != b".":
                    pass
            self.say("221 bye" if verb.upper() == "QUIT" else "250 ok")

    def say(self, line):
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def mail_server(settings):
    """Send the site's mail to a server of its own; yields the envelopes' recipients."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Conversation) as server:
        server.daemon_threads, server.recipients = True, []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.EMAIL_BACKEND = "krate_site.tenancy.email_backend.GuardedBackend"
        settings.MAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address
        try:
            yield server.recipients
        finally:
            server.shutdown()
