"""A real gunicorn on a socket that outlives it, as systemd's socket unit holds it."""

import socket
import subprocess
import sys
import time

from tests.operations.documented import ROOT

# As systemd does it: the socket is number 3, and the process's own id is told.
HAND_OVER = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); os.environ['LISTEN_PID'] = str(os.getpid()); "
    "os.execv(sys.executable, [sys.executable, '-m', 'gunicorn', sys.argv[2]])"
)


class HeldSocket:
    """The address that the proxy speaks to; processes come and go behind it."""

    def __init__(self, environment):
        self.environment = {**environment, "LISTEN_FDS": "1"}
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self.socket.getsockname()[1]
        self.processes = []

    def serve(self, application="krate_site.wsgi", log=None, **environment):
        """Start a gunicorn on the socket, and return its process."""
        process = subprocess.Popen(
            [sys.executable, "-c", HAND_OVER, str(self.socket.fileno()), application],
            cwd=ROOT,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stderr=log,
            pass_fds=[self.socket.fileno()],
        )
        self.processes.append(process)
        return process

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def close(self):
        for process in self.processes:
            process.kill()
            process.wait()
        self.socket.close()


def wait_for(condition, seconds=30):
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
