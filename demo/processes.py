"""The demo's server processes: started, waited for, and stopped together."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType

import requests

ROOT = Path(__file__).resolve().parent.parent
SECONDS_TO_START = 60
SECONDS_TO_STOP = 10


class DidNotStartError(Exception):
    """A server ended or stayed silent; the message names it."""


def is_taken(port: int) -> bool:
    """Return whether some program already listens on this port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Processes:
    """Runs programs in sessions of their own, so that Ctrl-C reaches them through us, in order."""

    def __init__(self) -> None:
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> "Processes":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        # A second Ctrl-C mustn't leave one of them behind.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for name in reversed(self.running):
            self.running[name].terminate()
        for process in self.running.values():
            try:
                process.wait(SECONDS_TO_STOP)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def start(self, name: str, command: list[str], *, url: str, **environment: str) -> None:
        """Start a server and wait until it answers at `url`; raises DidNotStartError."""
        process = subprocess.Popen(  # noqa: S603 - our own programs
            command,
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # what goes wrong is said on standard error
            start_new_session=True,
        )
        self.running[name] = process
        deadline = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < deadline:
            if process.poll() is not None:
                break
            try:
                requests.get(url, timeout=5)
            except requests.RequestException:
                time.sleep(0.1)
            else:
                return
        raise DidNotStartError(f"{name} didn't start; what it printed above says why.")

    def wait(self) -> str:
        """Return the name of the first server that ends by itself."""
        while True:
            for name, process in self.running.items():
                if process.poll() is not None:
                    return name
            time.sleep(0.5)
