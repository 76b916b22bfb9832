"""A database that refuses to write a table: how a failure in the middle is brought about for real."""

from contextlib import contextmanager

from django.db import connection


@contextmanager
def refusing_updates_of(table, *, where="1 = 1"):
    """Let every update of a table fail, or of the rows that are `OLD` in a condition, by a trigger."""
    postgresql = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        if postgresql:
            cursor.execute(
                "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger AS "
                "$$ BEGIN RAISE EXCEPTION 'refused'; END $$ LANGUAGE plpgsql"
            )
            cursor.execute(
                f"CREATE TRIGGER refusing BEFORE UPDATE ON {table} "
                f"FOR EACH ROW WHEN ({where}) EXECUTE FUNCTION refuse()"
            )
        else:
            cursor.execute(
                f"CREATE TRIGGER refusing BEFORE UPDATE ON {table} WHEN {where} "
                "BEGIN SELECT RAISE(ABORT, 'refused'); END"
            )
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TRIGGER refusing{f' ON {table}' if postgresql else ''}")
