"""What the bench must reach, as ratios within one run, and whether it did."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.measuring import Row

WANTED_MB = 200
# Twice the noise of two samples of a worker that does nothing.
GROWTH_MB = 10
# Below this, a ratio of two CPU times says more about the clock's ticks than about the site.
LEAST_CPU_MS = 0.2


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """One target, what came of it, and whether that is enough."""

    target: str
    reached: bool
    came_to: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def verdicts(rows: Sequence[Row]) -> list[Verdict]:
    """Judge a run's rows: ratios at the fewest members, and what becomes of them at the most."""
    sizes = sorted({row.members for row in rows})
    few = {row.scene: row for row in rows if row.members == sizes[0]}
    found = [*cached_verdicts(few), uncached_verdict(few), *webhook_verdicts(few)]
    if len(sizes) > 1:
        many = {row.scene: row for row in rows if row.members == sizes[-1]}
        found.append(flat_verdict(few, many))
    return found


def cached_verdicts(few: dict[str, Row]) -> list[Verdict]:
    visitor, bare = few["cached_visitor"], few["bare"]
    trivial, ceiling = few["trivial"], few["ceiling"]
    members = min(few["cached_wall"], few["cached_pro"], key=lambda row: row.per_second)
    return [
        Verdict(
            target="cached article, visitor: no SQL",
            reached=visitor.statements == 0,
            came_to=f"{visitor.statements} statements",
        ),
        at_least(0.6, visitor, trivial, "cached article, visitor: ≥ 60 % of the trivial view"),
        at_least(
            0.6,
            visitor,
            ceiling,
            "the same, of the trivial view without any middleware",
        ),
        at_least(10, visitor, bare, "cached article, visitor: ≥ 10 × the bare Wagtail page"),
        at_least(0.2, members, trivial, "cached article, signed in: ≥ 20 % of the trivial view"),
        at_least(
            6,
            members,
            few["bare_member"],
            "cached article, signed in: ≥ 6 × the bare Wagtail page's, signed in",
        ),
    ]


def at_least(wanted: float, row: Row, other: Row, target: str) -> Verdict:
    """Judge by requests per second."""
    ratio = row.per_second / other.per_second
    return Verdict(target=target, reached=ratio >= wanted, came_to=f"{ratio:.2f}")


def uncached_verdict(few: dict[str, Row]) -> Verdict:
    """Judge by CPU; a page made without a statement came from a cache after all."""
    article = few["uncached_visitor"]
    ratio = article.cpu_ms / few["bare"].cpu_ms
    return Verdict(
        target="uncached article: ≤ 1.3 × the CPU of the bare Wagtail page",
        reached=ratio <= 1.3 and article.statements > 0,
        came_to=f"{ratio:.2f}, {article.statements} statements",
    )


def webhook_verdicts(few: dict[str, Row]) -> list[Verdict]:
    new, duplicate, forged = (few[f"webhook_{key}"] for key in ("new", "duplicate", "forged"))
    ratio = forged.cpu_ms / few["trivial"].cpu_ms
    found = [
        Verdict(
            target="webhook, new event: ≤ 8 ms of CPU",
            reached=new.cpu_ms <= 8,
            came_to=f"{new.cpu_ms:.1f} ms",
        ),
        Verdict(
            target="webhook, new event: ≥ 250 a second",
            reached=new.per_second >= 250,
            came_to=f"{new.per_second:.0f}",
        ),
        Verdict(
            target="webhook, new event: ≤ 8 statements",
            reached=new.statements <= 8,
            came_to=str(new.statements),
        ),
        Verdict(
            target="webhook, duplicate: ≤ 4 ms of CPU",
            reached=duplicate.cpu_ms <= 4,
            came_to=f"{duplicate.cpu_ms:.1f} ms",
        ),
        Verdict(
            target="webhook, forged: ≤ 3 × the CPU of the trivial view",
            reached=ratio <= 3,
            came_to=f"{ratio:.1f}",
        ),
    ]
    if sqlite := few.get("sqlite_webhook_new"):
        found.append(
            Verdict(
                target="webhook on SQLite, one process: p99 ≤ 250 ms at 16 connections",
                reached=sqlite.p99_ms <= 250,
                came_to=f"{sqlite.p99_ms:.0f} ms",
            )
        )
    return found


def flat_verdict(few: dict[str, Row], many: dict[str, Row]) -> Verdict:
    """Judge whether anything costs more where there are more members."""
    ratios = {
        row.label: row.cpu_ms / few[key].cpu_ms
        for key, row in many.items()
        if max(row.cpu_ms, few[key].cpu_ms) >= LEAST_CPU_MS
    }
    worst = max(ratios, key=lambda label: ratios[label])
    members = next(iter(many.values())).members
    return Verdict(
        target=f"every CPU median at {members:,} members: ≤ 1.3 ×",
        reached=ratios[worst] <= 1.3,
        came_to=f"at most {ratios[worst]:.2f} ({worst})",
    )


def memory_verdicts(seen: Sequence[tuple[int, float]]) -> list[Verdict]:
    """Judge a worker's memory over many requests: its size, and its growth after the first tenth."""
    total, last = seen[-1]
    settled = next(size for requests, size in seen if requests >= total / 10)
    largest = max(size for _requests, size in seen)
    return [
        Verdict(
            target=f"a worker: < {WANTED_MB} MB",
            reached=largest < WANTED_MB,
            came_to=f"{largest:.0f} MB",
        ),
        Verdict(
            target="a worker doesn't grow",
            reached=last - settled <= GROWTH_MB,
            came_to=f"{last - settled:+.1f} MB over {total:,} requests to two workers",
        ),
    ]
