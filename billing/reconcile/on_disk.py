"""What a comparison must remember of a tenant's Stripe account: on disk, since it may be a million rows.

SQLite's own temporary files take two megabytes of memory for any number.
Source: https://www.sqlite.org/inmemorydb.html#temp_db
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any


class Seen:
    """The ids of the subscriptions that Stripe's list brought up."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("")
        self._database.execute("CREATE TABLE seen (id TEXT PRIMARY KEY) WITHOUT ROWID")

    def add(self, ids: Iterable[str]) -> None:
        """Add these; what is there already stays."""
        self._database.executemany("INSERT OR IGNORE INTO seen VALUES (?)", ((id,) for id in ids))

    def __contains__(self, id: object) -> bool:
        found = self._database.execute("SELECT 1 FROM seen WHERE id = ?", (id,))
        return found.fetchone() is not None


class Backlog:
    """Events that are still to be applied, in the order in which they came about."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("")
        self._database.execute(
            "CREATE TABLE events (created INTEGER, id TEXT, body TEXT, PRIMARY KEY (created, id))"
        )

    def add(self, events: Iterable[dict[str, Any]]) -> None:
        """Add these events of Stripe's; what is there already stays."""
        self._database.executemany(
            "INSERT OR IGNORE INTO events VALUES (?, ?, ?)",
            ((event["created"], event["id"], json.dumps(event)) for event in events),
        )

    @property
    def newest(self) -> int:
        """The second at which the last of them came about, 0 where there is none."""
        [newest] = self._database.execute("SELECT max(created) FROM events").fetchone()
        return newest or 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for (body,) in self._database.execute("SELECT body FROM events ORDER BY created, id"):
            yield json.loads(body)
