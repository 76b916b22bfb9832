"""Servers that refuse, fall silent or come back, as a mail server, PostgreSQL and Redis do."""

import socket
import threading
from contextlib import suppress

# Seconds after which a test that would hang goes on, and fails.
PATIENCE = 60


class SilentServer:
    """Takes every connection and never says a word, until it is released."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.connections = []
        self.released = False
        threading.Thread(target=self.accept, daemon=True).start()
        self.timer = threading.Timer(PATIENCE, self.release)
        self.timer.daemon = True
        self.timer.start()

    def accept(self):
        while True:
            try:
                self.connections.append(self.listener.accept()[0])
            except OSError:
                return

    def release(self):
        """Hang up on everybody who waits."""
        self.released = True
        self.timer.cancel()
        close(self.listener)
        for connection in self.connections:
            close(connection)


class Proxy:
    """Stands before a server: passes on what is said, says nothing, or refuses."""

    def __init__(self, host, port):
        self.target = (host, int(port))
        self.flows = threading.Event()
        self.flows.set()
        self.connections = []
        self.port = 0
        self.listen()

    def listen(self):
        """Let connections in, at the same port each time."""
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, args=[self.listener], daemon=True).start()

    def accept(self, listener):
        while True:
            try:
                client = listener.accept()[0]
            except OSError:
                return
            server = socket.create_connection(self.target)
            self.connections += [client, server]
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self.pass_on, args=[source, sink], daemon=True).start()

    def pass_on(self, source, sink):
        with suppress(OSError):
            while said := source.recv(65536):
                self.flows.wait(PATIENCE)
                sink.sendall(said)
        close(source)
        close(sink)

    def fall_silent(self):
        """Take connections and whatever is said, and keep it to oneself."""
        self.flows.clear()

    def speak(self):
        self.flows.set()

    def refuse(self):
        """Hang up on everybody, and let nobody in."""
        close(self.listener)
        self.hang_up()

    def hang_up(self):
        for connection in self.connections:
            close(connection)
        self.connections = []

    def stop(self):
        self.refuse()
        self.speak()


def close(connection):
    """Close a socket, and wake whoever waits for it in another thread."""
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
