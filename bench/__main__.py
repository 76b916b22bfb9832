"""`make bench`: ceiling, floor and site side by side, at a thousand and at a million members.

gunicorn with two workers, PostgreSQL and Redis, driven by wrk; the database is made for the run
and dropped after it. `--quick` takes less than two minutes and says less.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_hex
from typing import Any

import psycopg
from tqdm import tqdm

from bench import machine
from bench.measuring import Row, Stage
from bench.report import Report
from bench.scenes import Scene, scenes, webhooks
from bench.servers import ROOT, Server
from bench.targets import memory_verdicts, verdicts

RESULT = ROOT / "var" / "bench.json"
DOCUMENT = "docs/performance.md"
SETTINGS = "bench.settings"


@dataclass(frozen=True, kw_only=True)
class Extent:
    """How much is measured, and for how long."""

    sizes: tuple[int, int]
    articles: int
    rounds: int
    seconds: int
    memory_requests: int
    memory_seconds: int
    with_sqlite: bool


WHOLE = Extent(
    sizes=(1_000, 1_000_000),
    articles=2_000,
    rounds=3,
    seconds=2,
    memory_requests=100_000,
    memory_seconds=420,
    with_sqlite=True,
)
QUICK = Extent(
    sizes=(1_000, 10_000),
    articles=100,
    rounds=1,
    seconds=1,
    memory_requests=5_000,
    memory_seconds=5,
    with_sqlite=False,
)


def main() -> int:
    """Run the bench, print the table and write `var/bench.json`; 2 where something is missing."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less than two minutes")
    parser.add_argument("--document", action="store_true", help=f"put the tables into {DOCUMENT}")
    asked = parser.parse_args()
    extent = QUICK if asked.quick else WHOLE
    postgresql = os.environ.get("DATABASE_URL") or machine.POSTGRESQL
    server = machine.with_database(postgresql, "postgres")
    cache = os.environ.get("CACHE_URL") or machine.REDIS
    try:
        machine.check(server, cache)
    except machine.MissingError as missing:
        print(missing, file=sys.stderr)
        return 2
    # Whoever ends the run has its servers stopped and its database dropped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="krate-bench-")))
        database = stack.enter_context(own_database(server))
        common = environment(database, cache, folder)
        report = Report(
            command="make bench QUICK=1" if extent is QUICK else "make bench",
            machine=machine.description(),
        )
        run(extent, common, folder, report, stack)
    report.write(RESULT)
    if asked.document:
        report.put_into(ROOT / DOCUMENT)
    print(f"\n{report.as_text()}\n\nAs JSON: {RESULT.relative_to(ROOT)}")
    return 0


@contextmanager
def own_database(server: str) -> Iterator[str]:
    """Make a database that is dropped at the end, and yield its URL."""
    name = f"krate_bench_{os.getpid()}"
    machine.make_database(server, name)
    try:
        yield machine.with_database(server, name)
    finally:
        machine.drop_database(server, name)


def environment(database: str, cache: str, folder: Path) -> dict[str, str]:
    """Return what every process of this run finds in its environment."""
    return {
        "DATABASE_URL": database,
        "CACHE_URL": cache,
        "BENCH_RUN": f"bench-{token_hex(4)}",
        "VAR_DIR": str(folder),
        "SECRET_KEY": token_hex(32),
        "KRATE_ENCRYPTION_KEYS": "YmVuY2gtb25seS1ub3QtYS1zZWNyZXQtYmVuY2gtb24=",
        "EMAIL_URL": "dummymail://",
        "SECURE_SSL_REDIRECT": "false",
        # Nobody answers there, and nobody is asked.
        "STRIPE_API_BASE": "http://127.0.0.1:9",
        "LOG_LEVEL": "WARNING",
    }


def run(
    extent: Extent, common: dict[str, str], folder: Path, report: Report, stack: ExitStack
) -> None:
    """Fill, serve and measure at both sizes, and put what came of it into the report."""
    few, many = extent.sizes
    told = prepare(common, members=few, articles=extent.articles)
    servers = {
        "ceiling": Server(settings="bench.ceiling", port=8121),
        "floor": Server(settings="bench.floor.settings", port=8122),
        "uncached": Server(settings="bench.uncached", port=8123),
        "site": Server(settings=SETTINGS, port=8124),
    }
    for server in servers.values():
        stack.callback(server.stop)
        server.start(common, folder / "gunicorn.log")
    stage = Stage(
        servers=servers,
        folder=folder,
        database_cpu=lambda: machine.cpu_seconds(backends(common["DATABASE_URL"])),
        rounds=extent.rounds,
        seconds=extent.seconds,
    )
    played = scenes(told)
    report.rows += measured(stage, played, members=few)
    if extent.with_sqlite:
        report.rows += on_sqlite(stage, common, folder, members=few)
    manage(common, "fill", f"--members={many}", f"--events={many}")
    report.rows += measured(stage, played, members=many)
    report.memory = stage.watch_memory(
        [scene for scene in played if scene.server == "site" and not scene.once],
        members=many,
        requests=extent.memory_requests,
        most_seconds=extent.memory_seconds,
    )
    report.verdicts = [*verdicts(report.rows), *memory_verdicts(report.memory)]


def measured(stage: Stage, played: list[Scene], *, members: int) -> list[Row]:
    with tqdm(
        total=len(played) * (stage.rounds + 1), desc=f"{members:,} members", disable=None
    ) as bar:
        return stage.measure(played, members=members, on_progress=bar.update)


def prepare(common: dict[str, str], *, members: int, articles: int) -> dict[str, Any]:
    """Make the tenant and its first members; return what there is to be asked."""
    told = manage(common, "prepare_bench", f"--members={members}", f"--articles={articles}")
    found: dict[str, Any] = json.loads(told)
    return found


def manage(common: dict[str, str], *arguments: str) -> str:
    """Run a command of `manage.py`, and return what it printed."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={"DJANGO_SETTINGS_MODULE": SETTINGS, **os.environ, **common},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


def backends(database: str) -> list[int]:
    """Return the processes that PostgreSQL has for the bench's connections."""
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "SELECT pid FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchall()
    return [pid for (pid,) in rows]


def on_sqlite(stage: Stage, common: dict[str, str], folder: Path, *, members: int) -> list[Row]:
    """Measure webhooks on the smallest site: SQLite, a cache in the process, one process."""
    own = {
        **common,
        "DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3",
        "CACHE_URL": "locmemcache://",
    }
    prepare(own, members=members, articles=0)
    server = Server(settings=SETTINGS, port=8125, workers=1)
    try:
        server.start(own, folder / "gunicorn.log")
        alone = replace(stage, servers={"sqlite": server}, database_cpu=lambda: 0.0)
        rows = measured(alone, webhooks("sqlite", ", SQLite"), members=members)
    finally:
        server.stop()
    return [replace(row, scene=f"sqlite_{row.scene}") for row in rows]


if __name__ == "__main__":
    sys.exit(main())
