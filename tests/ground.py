"""What migrations put into the tables, and how it comes back after a test that really committed.

Django empties all tables and loads them again, which takes seconds in a hundred and fifty of
them; here only what a test changed is written.
"""

from django.db import connection, transaction
from django.test import TransactionTestCase


class Ground:
    """The rows of each table as the first test finds them."""

    def __init__(self):
        with connection.cursor() as cursor:
            self.rows = {table: rows_of(cursor, table) for table in tables()}

    def restore(self):
        """Write back what differs, once everybody who is still writing has finished."""
        connection.disable_constraint_checking()
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                lock(cursor, self.rows)
                changed = [
                    name for name, rows in self.rows.items() if rows_of(cursor, name) != rows
                ]
                for table in changed:
                    cursor.execute(f"DELETE FROM {quoted(table)}")
                for table in changed:
                    insert(cursor, table, self.rows[table])
        finally:
            connection.enable_constraint_checking()

    def hold(self):
        """Have every test with real transactions end like this."""

        def restore(test):
            self.restore()

        TransactionTestCase._fixture_teardown = restore


def tables():
    """Return the tables that hold rows of models."""
    return connection.introspection.django_table_names(only_existing=True, include_views=False)


def lock(cursor, names):
    """Wait for writers; SQLite has only one, and has waited at the transaction's begin."""
    if connection.vendor == "postgresql":
        listed = ", ".join(quoted(name) for name in sorted(names))
        cursor.execute(f"LOCK TABLE {listed} IN SHARE ROW EXCLUSIVE MODE")


def rows_of(cursor, table):
    cursor.execute(f"SELECT * FROM {quoted(table)} ORDER BY 1")
    return cursor.fetchall()


def insert(cursor, table, rows):
    if rows:
        places = ", ".join(["%s"] * len(rows[0]))
        cursor.executemany(f"INSERT INTO {quoted(table)} VALUES ({places})", rows)


def quoted(name):
    return connection.ops.quote_name(name)
