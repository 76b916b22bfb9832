"""What PostgreSQL means to do for each statement that runs: `EXPLAIN`, gathered while others speak HTTP."""

from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import connection

EXPLAINED = ("SELECT", "UPDATE", "DELETE", "INSERT")


@dataclass
class Plans:
    """The tables that were read through an index, and statements that read a whole table."""

    by_index: set[str] = field(default_factory=set)
    whole: dict[str, str] = field(default_factory=dict)

    def note(self, node, sql):
        table = node.get("Relation Name")
        if node["Node Type"] == "Seq Scan":
            self.whole[table] = sql
        elif table:
            self.by_index.add(table)
        for inner in node.get("Plans", []):
            self.note(inner, sql)


@contextmanager
def plans():
    """Gather the plans of every statement that runs inside, with its real parameters."""
    gathered = Plans()

    def explain(execute, sql, params, many, context):
        if not many and sql.startswith(EXPLAINED):
            with connection.connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
                gathered.note(cursor.fetchone()[0][0]["Plan"], sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        yield gathered
