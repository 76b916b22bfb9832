"""Drives a server with `wrk`, and reads what it did meanwhile."""

import http.client
import json
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bench.servers import Server

SCRIPT = Path(__file__).with_name("requests.lua")
CONNECTIONS = 16


@dataclass(frozen=True, kw_only=True)
class Ask:
    """One request, whole."""

    path: str
    method: str = "GET"
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def line(self) -> str:
        """Return the line of the file that `requests.lua` reads."""
        flat = [part for header in self.headers.items() for part in header]
        return "\t".join([self.method, self.path, self.body, *flat])


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What one round came to; times in milliseconds, CPU of the workers for each request."""

    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_ms: float
    database_ms: float
    requests: int
    unexpected: int


def drive(
    server: Server,
    asks: list[Ask],
    *,
    seconds: int,
    folder: Path,
    database_cpu: Callable[[], float] = lambda: 0.0,
    once: bool = False,
    status: int = 200,
    word: str = "",
) -> Figures:
    """Send these requests for so long, over 16 connections; raises RuntimeError where wrk fails.

    `once` sends each at most once. What isn't answered by `status`, and by `word` where one is
    given, is counted as unexpected.
    """
    prepared = folder / "requests.tsv"
    prepared.write_text("".join(f"{ask.line()}\n" for ask in asks))
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "20s"]
    command += ["-s", str(SCRIPT), f"http://127.0.0.1:{server.port}", "--"]
    command += [str(prepared), "once" if once else "again", *([word] if word else [])]
    cpu, of_database = server.cpu_seconds(), database_cpu()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wait_until_idle(server)
    cpu, of_database = server.cpu_seconds() - cpu, database_cpu() - of_database
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or not lines:
        raise RuntimeError(f"wrk failed: {done.stderr or done.stdout}")
    told = json.loads(lines[-1])
    requests = max(told["requests"], 1)
    # When the time was up, each connection had a request under way; wrk doesn't count these.
    answered = requests + CONNECTIONS
    refused = told["refused"] if status < 400 else requests - told["refused"]
    return Figures(
        per_second=requests / told["seconds"],
        p50_ms=told["p50_ms"],
        p99_ms=told["p99_ms"],
        cpu_ms=cpu * 1000 / answered,
        database_ms=of_database * 1000 / answered,
        requests=requests,
        unexpected=refused + told["broken"] + told["unexpected"],
    )


def wait_until_idle(server: Server) -> None:
    """Wait, five seconds at most, until what was under way when wrk stopped is answered."""
    spent = server.cpu_seconds()
    for _tenth in range(50):
        time.sleep(0.1)
        before, spent = spent, server.cpu_seconds()
        if spent == before:
            return


def statements_of(server: Server, ask: Ask) -> int:
    """Return how many SQL statements the server runs for one such request."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    headers = {**ask.headers, "X-Bench-Count": "1"}
    connection.request(ask.method, ask.path, body=ask.body or None, headers=headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return int(answer.headers["X-Bench-Statements"])
