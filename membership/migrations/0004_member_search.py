"""PostgreSQL finds people by any part of their address or name through one index of three letters.

It stands in no model's `Meta`: SQLite has nothing of the kind, and reads the table. What is indexed
is what `icontains` compiles to.
"""

from django.db import DatabaseError, migrations

EXTENSION = "CREATE EXTENSION IF NOT EXISTS pg_trgm"
# What an attempt that was cut short has left is invalid.
CLEARED = "DROP INDEX CONCURRENTLY IF EXISTS membership_user_trigrams"
INDEX = """
CREATE INDEX CONCURRENTLY membership_user_trigrams ON membership_user USING gin
    (UPPER(email) gin_trgm_ops, UPPER(first_name) gin_trgm_ops, UPPER(last_name) gin_trgm_ops)
"""
REFUSED = """
  This database role may not use pg_trgm, so a search for members reads the whole table:
  {reason}
  Everything else works. docs/operations.md, "Scale", says how to make up for it."""


def index_people(apps, schema_editor):
    """Make the extension and the index, beside a site that runs; go on where that isn't allowed."""
    connection = schema_editor.connection
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        try:
            cursor.execute(EXTENSION)
        except DatabaseError as refused:
            print(REFUSED.format(reason=" ".join(str(refused).split())))
            return
        # Waits for every transaction that runs, a backup's too; nobody waits for it.
        cursor.execute("SET lock_timeout = 0")
        cursor.execute(CLEARED)
        cursor.execute(INDEX)
        cursor.execute("RESET lock_timeout")


def drop_index(apps, schema_editor):
    """The extension stays: others may use it."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(CLEARED)


class Migration(migrations.Migration):
    atomic = False  # An index can't be made concurrently in a transaction.

    dependencies = [
        ('membership', '0003_team_and_log'),
    ]

    operations = [
        migrations.RunPython(index_people, drop_index),
    ]
