"""SQLite's database, in which the threads of a process write in the order in which they come.

SQLite lets a writer who finds the database locked sleep and look again, longer each time: under
load, whoever has just come overtakes him, and he sleeps for a second. A lock of the process wakes
him as soon as it is his turn. Other processes still meet at SQLite's own lock.

https://docs.djangoproject.com/en/5.2/topics/db/multi-db/#custom-backends
https://www.sqlite.org/c3ref/busy_timeout.html
"""

import threading
from collections import defaultdict
from typing import Any

from django.db.backends.sqlite3 import base

# One for each file.
TURNS: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


class DatabaseWrapper(base.DatabaseWrapper):
    """Waits for its turn before it begins a transaction, as long as SQLite itself would."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.turn: threading.Lock | None = None

    def _start_transaction_under_autocommit(self) -> None:
        turn = TURNS[str(self.settings_dict["NAME"])]
        # Whose turn doesn't come is told so by SQLite, in words that Django knows.
        if turn.acquire(timeout=self.settings_dict["OPTIONS"].get("timeout", 5)):
            self.turn = turn
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self.end_turn()
            raise

    def commit(self) -> None:
        super().commit()
        self.end_turn()

    def rollback(self) -> None:
        try:
            super().rollback()
        finally:
            self.end_turn()

    def close(self) -> None:
        try:
            super().close()
        finally:
            self.end_turn()

    def end_turn(self) -> None:
        """Let the next one write."""
        if self.turn is not None:
            self.turn.release()
            self.turn = None
