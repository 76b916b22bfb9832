"""Rows by the ten thousand: one INSERT … SELECT for a range of numbers, on PostgreSQL and SQLite.

A million members with all that is theirs are five million rows: `bulk_create` would make them in
ten minutes, the database makes them itself in one.
"""

from django.db import connection, models


def copy(
    row: models.Model,
    numbers: range,
    *,
    join: str = "",
    where: str = "TRUE",
    **columns: str,
) -> None:
    """Insert this unsaved row once for each number `n`; `columns` are SQL, and may name `join`'s tables.

    A row that is there already (by any unique constraint) stays as it is.
    """
    fields = [
        field
        for field in row._meta.local_concrete_fields
        if not isinstance(field, models.AutoField) or field.attname in columns
    ]
    values = [columns.get(field.attname, "%s") for field in fields]
    stored = [
        field.get_db_prep_save(getattr(row, field.attname), connection)
        for field in fields
        if field.attname not in columns
    ]
    names = ", ".join(f'"{field.column}"' for field in fields)
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{row._meta.db_table}" ({names}) '  # noqa: S608 - our own names
            "WITH RECURSIVE numbers(n) AS "
            "(SELECT %s UNION ALL SELECT n + 1 FROM numbers WHERE n < %s) "
            f"SELECT {', '.join(values)} FROM numbers {join} WHERE {where} ON CONFLICT DO NOTHING",
            [numbers[0], numbers[-1], *stored],
        )


def look_up_by_index() -> None:
    """Have this transaction's joins find rows by index, also where statistics are old."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for way in ("seqscan", "hashjoin", "mergejoin"):
                cursor.execute(f"SET LOCAL enable_{way} = off")
            cursor.execute("SET LOCAL synchronous_commit = off")


def analyze() -> None:
    """Have the database look at what its tables hold now."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
