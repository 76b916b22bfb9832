"""A scene's figures: the median of several rounds, and the statements of one request."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench.load import Ask, Figures, drive, statements_of
from bench.scenes import Round, Scene
from bench.servers import Server

WARM_UP = 1


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table: medians of the rounds, and the largest worker after them."""

    scene: str
    label: str
    members: int
    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_ms: float
    database_ms: float
    statements: int
    memory_mb: float
    unexpected: int

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(kw_only=True)
class Stage:
    """Where scenes are played: the servers, a folder, the database's CPU, and how long."""

    servers: dict[str, Server]
    folder: Path
    database_cpu: Callable[[], float]
    rounds: int
    seconds: int

    def measure(
        self, scenes: Sequence[Scene], *, members: int, on_progress: Callable[[], Any]
    ) -> list[Row]:
        """Play every scene in each round, so that a busy minute of the machine meets all of them."""
        played: dict[str, list[Figures]] = {}
        scenes = list(scenes)
        for scene in scenes:
            self.play(scene, members=members, seconds=min(WARM_UP, self.seconds))
            on_progress()
        for _round in range(self.rounds):
            for scene in scenes:
                figures = self.play(scene, members=members, seconds=self.seconds)
                played.setdefault(scene.key, []).append(figures)
                on_progress()
        return [self.row(scene, played[scene.key], members=members) for scene in scenes]

    def play(self, scene: Scene, *, members: int, seconds: int) -> Figures:
        """Play a scene once."""
        server = self.servers[scene.server]
        prepared = scene.prepare(members, seconds)
        for ask in prepared.before:
            statements_of(server, ask)
        return drive(
            server,
            prepared.asks,
            seconds=seconds,
            folder=self.folder,
            database_cpu=self.database_cpu,
            once=scene.once,
            status=scene.status,
            word=scene.word,
        )

    def row(self, scene: Scene, rounds: list[Figures], *, members: int) -> Row:
        server = self.servers[scene.server]
        prepared = scene.prepare(members, 1)
        for ask in prepared.before:
            statements_of(server, ask)
        return Row(
            scene=scene.key,
            label=scene.label,
            members=members,
            per_second=median(one.per_second for one in rounds),
            p50_ms=median(one.p50_ms for one in rounds),
            p99_ms=median(one.p99_ms for one in rounds),
            cpu_ms=median(one.cpu_ms for one in rounds),
            database_ms=median(one.database_ms for one in rounds),
            statements=fewest_statements(server, prepared.asks),
            memory_mb=server.memory_mb(),
            unexpected=sum(one.unexpected for one in rounds),
        )

    def watch_memory(
        self, scenes: Sequence[Scene], *, members: int, requests: int, most_seconds: int
    ) -> list[tuple[int, float]]:
        """Ask for these scenes in turn, for rare ones every tenth time; return pairs of requests
        so far and MB of a worker."""
        turns = [
            [scene for scene in scenes if number == 0 or not scene.rare] for number in range(10)
        ]
        prepared = {scene.key: scene.prepare(members, 1) for scene in scenes}
        server = self.servers["site"]
        for one in prepared.values():
            for ask in one.before:
                statements_of(server, ask)
        asks = [
            one_of(prepared[scene.key], number)
            for number in range(50)
            for scene in turns[number % len(turns)]
        ]
        seen = [(0, server.memory_mb())]
        spent, portion = 0, min(10, max(most_seconds // 4, 1))
        while seen[-1][0] < requests and spent < most_seconds:
            figures = drive(server, asks, seconds=portion, folder=self.folder)
            spent += portion
            seen.append((seen[-1][0] + figures.requests, server.memory_mb()))
        return seen


def fewest_statements(server: Server, asks: list[Ask]) -> int:
    """Return the statements of one request, of several: a thread that is new reads more once."""
    return min(statements_of(server, ask) for ask in asks[:3] * (3 if len(asks) == 1 else 1))


def one_of(prepared: Round, number: int) -> Ask:
    return prepared.asks[number % len(prepared.asks)]
