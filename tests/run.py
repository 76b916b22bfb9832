"""Runs the tests on what this machine has: `make test` and `make test-long`.

With PostgreSQL and Redis the whole suite runs on them, and before it, on SQLite, the tests whose
outcome depends on the database. Without them the whole suite runs on SQLite, and what could
not run is named. In CI (`CI=true`, or `REQUIRE_SERVICES=1`) both must answer, and nothing may
be skipped.
"""

import os
import subprocess
import sys

import psycopg
import redis

POSTGRESQL = os.environ.get("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/krate")
REDIS = os.environ.get("CACHE_URL", "redis://127.0.0.1:6379/8")
SQLITE = {"DATABASE_URL": "sqlite://:memory:", "CACHE_URL": "locmemcache://"}


def main() -> int:
    """Return 0 when everything passed."""
    long = "--long" in sys.argv[1:]
    required = bool(os.environ.get("CI") or os.environ.get("REQUIRE_SERVICES"))
    services = {"DATABASE_URL": POSTGRESQL, "CACHE_URL": REDIS}
    missing = [
        name
        for name, answers in (
            ("PostgreSQL", postgresql_answers()),
            ("Redis", redis_answers()),
        )
        if not answers
    ]
    if missing and required:
        print(f"{' and '.join(missing)} must run here, and doesn't answer.", file=sys.stderr)
        return 1
    if missing:
        print(
            f"{' and '.join(missing)} doesn't answer: everything runs on SQLite with an in-process "
            "cache, and the tests named below as skipped don't run.",
            flush=True,
        )
        return pytest(SQLITE, "-m", "long" if long else "not long", "-rs")
    if long:
        return pytest(services, "-m", "long")
    migrate_at_once(SQLITE, services)
    print("On SQLite, what depends on the database:", flush=True)
    on_sqlite = "database and not long and not postgresql and not redis and not browser"
    failed = pytest(SQLITE, "-m", on_sqlite)
    print("On PostgreSQL and Redis, everything:", flush=True)
    return pytest(services, "-m", "not long") or failed


def pytest(services: dict[str, str], *arguments: str) -> int:
    """Run pytest on both cores against these services; return its exit code."""
    command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadgroup", *arguments]
    return subprocess.run(command, env={**os.environ, **services}, check=False).returncode


def migrate_at_once(*databases: dict[str, str]) -> None:
    """Have both cores migrate, one database each; the tests copy what comes of it."""
    settings = {"DJANGO_SETTINGS_MODULE": "krate_site.settings.test"}
    command = [sys.executable, "-m", "tests.migrated"]
    running = [
        subprocess.Popen(command, env={**os.environ, **settings, **services})
        for services in databases
    ]
    for process in running:
        process.wait()


def postgresql_answers() -> bool:
    """Return whether PostgreSQL lets us in (the tests make their own database)."""
    server = POSTGRESQL.rsplit("/", 1)[0]
    try:
        psycopg.connect(f"{server}/postgres", connect_timeout=3).close()
    except psycopg.Error:
        return False
    return True


def redis_answers() -> bool:
    """Return whether Redis answers."""
    try:
        return bool(redis.Redis.from_url(REDIS, socket_timeout=3).ping())
    except redis.RedisError:
        return False


if __name__ == "__main__":
    sys.exit(main())
