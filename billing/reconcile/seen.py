"""Which subscriptions Stripe's list brought up: on disk, since a tenant may have a million of them."""

import sqlite3
from collections.abc import Iterable


class Seen:
    """A set of ids in SQLite's own temporary file, which takes two megabytes of memory for any number.

    Source: https://www.sqlite.org/inmemorydb.html#temp_db
    """

    def __init__(self) -> None:
        self._database = sqlite3.connect("")
        self._database.execute("CREATE TABLE seen (id TEXT PRIMARY KEY) WITHOUT ROWID")

    def add(self, ids: Iterable[str]) -> None:
        """Add these; what is there already stays."""
        self._database.executemany("INSERT OR IGNORE INTO seen VALUES (?)", ((id,) for id in ids))

    def __contains__(self, id: object) -> bool:
        found = self._database.execute("SELECT 1 FROM seen WHERE id = ?", (id,))
        return found.fetchone() is not None
