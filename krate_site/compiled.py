"""Statements that are built and planned once for each of their shapes, and then only run.

Django builds the SQL of a queryset anew each time, and PostgreSQL plans it anew. For the wide joins
that every event needs that took two thirds of the site's CPU time, and half of the database's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.models import Expression, Field, QuerySet
from django.db.models.sql.compiler import SQLCompiler


class Given(Expression):
    """A value that is given by this name each time when the statement runs."""

    def __init__(self, name: str, output_field: "Field[Any, Any]") -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, Any]:
        return "%s", [self]


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A queryset's SQL, what its columns are called, and what makes Python's values of them."""

    sql: str
    params: tuple[Any, ...]
    names: tuple[str, ...]
    converters: tuple[tuple[int, list[Any], Any], ...]

    def rows(self, **given: Any) -> Iterator[dict[str, Any]]:
        """Run it and yield its rows, as `values()` does; `given` has a value for each `Given`.

        Values go to the database as they are: numbers, texts, and what else the driver knows.
        """
        params = [given[param.name] if isinstance(param, Given) else param for param in self.params]
        with preparing_cursor() as cursor:
            cursor.execute(self.sql, params)
            found = cursor.fetchall()
        for row in found:
            values = list(row)
            for place, functions, column in self.converters:
                for convert in functions:
                    values[place] = convert(values[place], column, connection)
            yield dict(zip(self.names, values, strict=True))


def compiled(rows: QuerySet[Any, dict[str, Any]]) -> Statement:
    """Return the statement of a queryset with `values()`, whose parameters may be `Given`.

    To be kept by the caller, by whatever changes the statement's shape.
    """
    compiler = rows.query.get_compiler(connection=connection)
    sql, params = compiler.as_sql()
    columns = [column for column, _sql, _alias in compiler.select]
    converters = compiler.get_converters(columns)
    return Statement(
        sql=sql,
        params=tuple(params),
        names=tuple(rows.query.selected or ()),
        converters=tuple((place, *found) for place, found in converters.items()),
    )


class PreparingCursor(ServerBindingCursor):
    """Sends the values apart from the text, so that PostgreSQL plans a text once a connection.

    https://www.psycopg.org/psycopg3/docs/advanced/prepare.html
    """

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        super().execute(query, params, **options)
        if connection.queries_logged:
            self._query = self._convert_query(query, params)  # where Django's debugging looks
        return self


def preparing_cursor() -> Any:
    """Return a cursor of this thread's connection, one that prepares where the database can."""
    cursor = connection.cursor()
    if connection.vendor == "postgresql":
        cursor.cursor = PreparingCursor(connection.connection)
    return cursor
