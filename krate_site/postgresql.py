"""How long a web process waits for an answer of PostgreSQL's.

The server ends a statement by its own clock. One that is stopped, or that a network has cut off,
ends nothing, though its machine may go on confirming what it is sent: so here the waiting ends, too.
"""

from functools import partial
from typing import Any

from django.conf import settings
from django.db.backends.signals import connection_created

from krate_site.settings.databases import FOR_THE_WEB, set_unless_given

# Seconds beyond the server's own limit, so that wherever it can it says itself what happened.
LONGER = 5
LIMIT = "SELECT EXTRACT(epoch FROM current_setting('statement_timeout')::interval)"


def bound_statements() -> None:
    """Have this process's statements end after a while; to be called before the first of them."""
    database = settings.DATABASES["default"]
    if database["ENGINE"] == "django.db.backends.postgresql":
        set_unless_given(database["OPTIONS"], FOR_THE_WEB)
        connection_created.connect(bound_waiting)


def bound_waiting(connection: Any, **_signal: Any) -> None:
    """Raise the driver's OperationalError in this connection where the server says nothing."""
    driver = connection.connection
    seconds = float(driver.execute(LIMIT).fetchone()[0])
    # 0 is no limit, as an operator may have set it.
    if seconds:
        driver.wait = partial(driver.wait, timeout=seconds + LONGER)
