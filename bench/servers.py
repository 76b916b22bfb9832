"""gunicorn, started as production starts it, with two workers whose CPU and memory are read."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from bench.machine import children_of, cpu_seconds, memory_mb

ROOT = Path(__file__).resolve().parents[1]
WORKERS = 2
PATIENCE = 90


@dataclass(kw_only=True)
class Server:
    """One gunicorn: its settings module and its port."""

    settings: str
    port: int
    workers: int = WORKERS
    process: subprocess.Popen[bytes] | None = None

    def start(self, common: dict[str, str], log: Path) -> None:
        """Start it, and wait until it answers; raises RuntimeError where it doesn't."""
        environment = {
            **os.environ,
            **common,
            "DJANGO_SETTINGS_MODULE": self.settings,
            "BIND": f"127.0.0.1:{self.port}",
            "WEB_CONCURRENCY": str(self.workers),
            # The same processes all along: whether they grow is one of the questions.
            "WEB_MAX_REQUESTS": "0",
        }
        command = [sys.executable, "-m", "gunicorn", "bench.wsgi"]
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=output, stderr=output
            )
        deadline = time.monotonic() + PATIENCE
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                told = "\n".join(log.read_text().splitlines()[-20:])
                raise RuntimeError(f"{self.settings} didn't start:\n{told}")
            time.sleep(0.2)

    def answers(self) -> bool:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/bench/trivial/", timeout=10)
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(PATIENCE)

    @property
    def worker_pids(self) -> list[int]:
        return children_of(self.process.pid) if self.process else []

    def cpu_seconds(self) -> float:
        """Return what its workers have taken so far."""
        return cpu_seconds(self.worker_pids)

    def memory_mb(self) -> float:
        """Return the resident memory of its largest worker."""
        return max((memory_mb(pid) for pid in self.worker_pids), default=0.0)
