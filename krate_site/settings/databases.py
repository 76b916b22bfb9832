"""How the database is spoken to, and how long it is waited for: what `DATABASE_URL` says itself wins."""

from pathlib import Path
from typing import Any

Options = dict[str, Any]

# Writers queue up, instead of failing when a read turns into a write.
SQLITE = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
}

# A server that doesn't answer: of seconds, the last of milliseconds.
# https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
REACHING = {
    "connect_timeout": 5,
    "keepalives_idle": 30,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
# A lock that another holds. Small tables are never analysed, so PostgreSQL expects many rows of
# them, and compiled a statement of one millisecond for fifty.
# https://www.postgresql.org/docs/current/jit-decision.html
FOR_EVERYBODY = "-c jit=off -c lock_timeout=10s"
# A person waits for a page no longer; migrations, commands and the worker may take their time.
FOR_THE_WEB = "-c statement_timeout=30s -c idle_in_transaction_session_timeout=60s"


def with_options(database: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of a database, as `DATABASE_URL` names it, with all that we add."""
    # Opening a connection for each request cost four fifths of the throughput.
    database = {**database, "CONN_MAX_AGE": 600}
    if "sqlite" not in database["ENGINE"]:
        options = postgresql_options(database.get("OPTIONS", {}))
        return {**database, "CONN_HEALTH_CHECKS": True, "OPTIONS": options}
    # SQLite makes its file, but not the folder; a fresh clone has none.
    Path(database["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    return {**database, "ENGINE": "krate_site.sqlite", "OPTIONS": SQLITE}


def postgresql_options(given: Options) -> Options:
    """Return the options of a connection, with those that were given first of all."""
    # Where a cursor sends values apart (`krate_site.compiled`), at once; Django's own never does.
    options = {"prepare_threshold": 0, **REACHING, **given}
    set_unless_given(options, FOR_EVERYBODY)
    return options


def set_unless_given(options: Options, server_settings: str) -> None:
    """Add settings of the server's: it takes the last of each, so ours stand before what is there."""
    options["options"] = f"{server_settings} {options.get('options', '')}".strip()
