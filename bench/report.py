"""What a run came to, as a table for people and as JSON for programs."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.measuring import Row
from bench.targets import Verdict

BEGIN, END = "<!-- measured -->", "<!-- /measured -->"
HEAD = ("", "req/s", "p50", "p99", "CPU", "database", "SQL", "memory")


@dataclass(kw_only=True)
class Report:
    """One run: the machine, the rows, a worker's memory as the requests go by, the verdicts."""

    command: str
    machine: str
    rows: list[Row] = field(default_factory=list)
    memory: list[tuple[int, float]] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)

    def write(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        told = {
            "command": self.command,
            "machine": self.machine,
            "rows": [row.as_json() for row in self.rows],
            "memory": [{"requests": requests, "mb": mb} for requests, mb in self.memory],
            "targets": [verdict.as_json() for verdict in self.verdicts],
        }
        path.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n")

    def put_into(self, page: Path) -> None:
        """Put the tables between the two marks of a Markdown page, in the place of the last run's."""
        before, rest = page.read_text().split(BEGIN)
        after = rest.split(END)[1]
        page.write_text(f"{before}{BEGIN}\n\n{self.as_text()}\n\n{END}{after}")

    def as_text(self) -> str:
        """Return the tables, in Markdown, which reads well in a terminal too."""
        parts = [
            f"`{self.command}` on {self.machine}. CPU of the two workers and of the database's"
        ]
        parts[0] += " own processes, for each request; all times in milliseconds."
        for members in dict.fromkeys(row.members for row in self.rows):
            rows = [cells(row) for row in self.rows if row.members == members]
            head = (f"{members:,} members", *HEAD[1:])
            parts.append(table([head, *rows]))
        lines = [
            (verdict.target, "reached" if verdict.reached else "NOT REACHED", verdict.came_to)
            for verdict in self.verdicts
        ]
        parts.append(table([("target", "", "came to"), *lines]))
        wrong = {row.label: row.unexpected for row in self.rows if row.unexpected}
        if wrong:
            parts.append(f"Answers that weren't as expected: {wrong}")
        return "\n\n".join(parts)


def cells(row: Row) -> tuple[str, ...]:
    return (
        row.label,
        f"{row.per_second:,.0f}",
        f"{row.p50_ms:.1f}",
        f"{row.p99_ms:.1f}",
        f"{row.cpu_ms:.2f}",
        f"{row.database_ms:.2f}",
        str(row.statements),
        f"{row.memory_mb:.0f} MB",
    )


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as a Markdown table, the first of them its head; figures stand to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]

    def line(row: Sequence[str]) -> str:
        padded = [
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        return f"| {' | '.join(padded)} |"

    rule = [
        "-" * width if column == 0 else "-" * (width - 1) + ":"
        for column, width in enumerate(widths)
    ]
    return "\n".join([line(rows[0]), f"| {' | '.join(rule)} |", *map(line, rows[1:])])
