"""What the bench needs of this machine, and what it asks it: a database, processes' CPU and memory."""

import os
import platform
import shutil
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import redis

POSTGRESQL = "postgres://postgres@127.0.0.1:5432/postgres"
REDIS = "redis://127.0.0.1:6379/15"
TICKS = os.sysconf("SC_CLK_TCK")


class MissingError(Exception):
    """Something isn't here that the bench can't do without; the message says what to do."""


def check(postgresql: str, cache: str) -> None:
    """Raise MissingError unless wrk, PostgreSQL and Redis are here."""
    if shutil.which("wrk") is None:
        raise MissingError("`wrk` drives the bench and isn't here. On Debian: apt install wrk")
    try:
        psycopg.connect(postgresql, connect_timeout=3).close()
    except psycopg.Error as error:
        raise MissingError(
            f"PostgreSQL doesn't let us in at {postgresql} ({error}). "
            "Say where it is by DATABASE_URL; its user must be allowed to make databases."
        ) from None
    try:
        redis.Redis.from_url(cache, socket_timeout=3).ping()
    except redis.RedisError as error:
        raise MissingError(f"Redis doesn't answer at {cache} ({error}); say CACHE_URL.") from None


def with_database(server: str, name: str) -> str:
    """Return the URL of a database on the same server."""
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


def make_database(server: str, name: str) -> None:
    """Make an empty database, in the place of one that a run left behind."""
    drop_database(server, name)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[call-overload]


def drop_database(server: str, name: str) -> None:
    """Drop the bench's own database, whoever is still connected."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')  # type: ignore[call-overload]


def children_of(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in path.read_text().split()]


def cpu_seconds(pids: list[int]) -> float:
    """Return the CPU time that these processes have taken so far; those that are gone count nothing."""
    return sum(cpu_of(pid) for pid in pids)


def cpu_of(pid: int) -> float:
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    user, system = int(after_name[11]), int(after_name[12])
    return (user + system) / TICKS


def memory_mb(pid: int) -> float:
    """Return a process's resident memory in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def description() -> str:
    """Return what this machine is and how busy, in one line: on a busy one only ratios count."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GB, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, load {os.getloadavg()[0]:.1f} before the run"
    )
