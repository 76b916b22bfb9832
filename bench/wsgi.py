"""The site as gunicorn serves it in a bench, which tells how many statements a request took.

Only a request that asks for it (`X-Bench-Count`) is counted; the others cost a look at their headers.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection

from krate_site.wsgi import application as site

# Not what a request asks the database, but how it brackets it.
BRACKETS = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT")
ASKED = "HTTP_X_BENCH_COUNT"
ANSWERED = "X-Bench-Statements"


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer as the site does; a counted answer has the number of statements in a header."""
    if ASKED not in environ:
        return site(environ, start_response)
    statements: list[str] = []

    def note(execute: Callable[..., Any], sql: str, *args: Any) -> Any:
        if not sql.startswith(BRACKETS):
            statements.append(sql)
        return execute(sql, *args)

    def start(status: str, headers: list[tuple[str, str]], *args: Any) -> Any:
        return start_response(status, [*headers, (ANSWERED, str(len(statements)))], *args)

    with connection.execute_wrapper(note):
        return site(environ, start)
