"""What PostgreSQL means to do for each statement that runs: `EXPLAIN`, gathered while others speak HTTP."""

from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache

from django.apps import apps
from django.db import connection

EXPLAINED = ("SELECT", "UPDATE", "DELETE", "INSERT")


@dataclass
class Plans:
    """The tables that were read through an index, and statements that read a whole table."""

    by_index: set[str] = field(default_factory=set)
    whole: dict[str, str] = field(default_factory=dict)

    def note(self, node, sql, is_bounded=False):
        table = node.get("Relation Name")
        # An index that is read from end to end is the whole table, too: but for a page of a list,
        # and where the index has only the few rows that are wanted.
        from_end_to_end = (
            "Index Scan" in node["Node Type"]
            and "Index Cond" not in node
            and node["Index Name"] not in partial_indexes()
        )
        if node["Node Type"] == "Seq Scan" or (from_end_to_end and not is_bounded):
            self.whole[table] = sql
        elif table:
            self.by_index.add(table)
        is_bounded |= node["Node Type"] == "Limit"
        for inner in node.get("Plans", []):
            self.note(inner, sql, is_bounded)


@cache
def partial_indexes():
    return {
        index.name
        for model in apps.get_models()
        for index in model._meta.indexes
        if index.condition
    }


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
