"""Rows by the ten thousand: one INSERT … SELECT for a range of numbers, on PostgreSQL and SQLite.

A million members with all that is theirs are five million rows: `bulk_create` would make them in
ten minutes, the database makes them itself in one.
"""

from django.db import connection, models


def copy(row: models.Model, numbers: range, *, where: str = "TRUE", **columns: str) -> None:
    """Insert this unsaved row once for each number `n` that fulfils `where`; `columns` are SQL.

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
            f"SELECT {', '.join(values)} FROM numbers WHERE {where} ON CONFLICT DO NOTHING",
            [numbers[0], numbers[-1], *stored],
        )


def key_of(model: type[models.Model], condition: str) -> str:
    """Return SQL for the key of the row that fulfils a condition on `n`, found by its index."""
    table = model._meta.db_table
    return f'(SELECT {model._meta.pk.column} FROM "{table}" WHERE {condition})'  # noqa: S608


def hurry() -> None:
    """Have this transaction look up by index, also where statistics are old, and wait for no disk.

    Where we may, keys aren't checked either: each of ours was just looked up, and checking it
    again took two thirds of the time.
    """
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL synchronous_commit = off")
        cursor.execute("SHOW is_superuser")
        if cursor.fetchone() == ("on",):
            cursor.execute("SET LOCAL session_replication_role = replica")


def analyze(*filled: type[models.Model]) -> None:
    """Have the database look at what these tables hold now."""
    with connection.cursor() as cursor:
        for model in filled:
            cursor.execute(f'ANALYZE "{model._meta.db_table}"')
