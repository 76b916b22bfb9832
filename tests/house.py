"""`make house`: how large the product is and how it hangs together; `--check` fails over a limit.

Counted without migrations, tests, demo and bench. A circle of folders is one of rooms such as
`billing/webhooks`; a module at an app's root is a room by itself. Imports for types count, but not
those of a package's face (`from home.models import …`), nor those within functions, at which
import-linter looks (`make lint`).
"""

import ast
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Who stands on whom; a module may import its own app and those named here.
FLOORS = {
    "krate_site": (),
    "membership": ("krate_site",),
    "billing": ("membership", "krate_site"),
    "home": ("membership", "krate_site"),
}
# A limit is raised by what a new capability needs, with the commit that brings it, and no more.
LIMITS = {
    "lines of billing and membership": 14_871,
    "files of billing and membership": 143,
    "lines of the product": 22_524,
    "lines of the longest file": 300,
    "module names twice in an app": 0,
    "circles of modules": 0,
    "circles of folders": 0,
    "imports against the floors": 0,
    "lines of tests": 35_949,
}
# Names that Django and Wagtail give.
USUAL = {
    "__init__",
    "admin",
    "apps",
    "base",
    "forms",
    "middleware",
    "models",
    "signals",
    "urls",
    "views",
    "wagtail_hooks",
}


def main() -> int:
    """Print the figures; return how many are over their limits, with `--check` only."""
    lines = {path: len((ROOT / path).read_text().splitlines()) for path in modules()}
    for app in FLOORS:
        own = [count for path, count in lines.items() if path.parts[0] == app]
        say(f"{app:12} {sum(own):6,} lines {len(own):4} files")
    findings = findings_in(list(lines))
    of_money = [
        count for path, count in lines.items() if path.parts[0] in ("billing", "membership")
    ]
    figures = {
        "lines of billing and membership": sum(of_money),
        "files of billing and membership": len(of_money),
        "lines of the product": sum(lines.values()),
        "lines of the longest file": max(lines.values()),
        **{name: len(found) for name, found in findings.items()},
        "lines of tests": sum(
            len(path.read_text().splitlines())
            for path in (ROOT / "tests").rglob("*.py")
            if "node_modules" not in path.parts
        ),
    }
    over = [name for name, limit in LIMITS.items() if figures[name] > limit]
    for name, limit in LIMITS.items():
        say(f"{name:34} {figures[name]:7,}   limit {limit:7,} {'OVER' if name in over else ''}")
    for name, found in findings.items():
        for one in found:
            say(f"  {name}: {one}")
    return len(over) if "--check" in sys.argv else 0


def say(line: str) -> None:
    sys.stdout.write(line.rstrip() + "\n")


def modules() -> list[Path]:
    """Return the product's files, by their paths from the root."""
    found = (path.relative_to(ROOT) for app in FLOORS for path in (ROOT / app).rglob("*.py"))
    return sorted(path for path in found if "migrations" not in path.parts)


def findings_in(paths: list[Path]) -> dict[str, list[str]]:
    """Return what hangs together wrongly, by the name of its figure."""
    known = {dotted(path): path for path in paths}
    stems = Counter((path.parts[0], path.stem) for path in paths if path.stem not in USUAL)
    # A package's face only hands names on.
    rooms = {name: path for name, path in known.items() if path.name != "__init__.py"}
    graph = {
        name: {other for other in imports(path, known) if other in rooms} - {name}
        for name, path in rooms.items()
    }
    folders: dict[str, set[str]] = defaultdict(set)
    for name, others in graph.items():
        folders[folder(rooms[name])] |= {folder(rooms[other]) for other in others}
    return {
        "module names twice in an app": [
            f"{app}: {n}" for (app, n), times in stems.items() if times > 1
        ],
        "circles of modules": circles(graph),
        "circles of folders": circles({name: others - {name} for name, others in folders.items()}),
        "imports against the floors": [
            f"{name} -> {other}"
            for name, path in known.items()
            for other in sorted(imports(path, known))
            if (above := other.split(".")[0]) != path.parts[0]
            and above not in FLOORS[path.parts[0]]
        ],
    }


def dotted(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def folder(path: Path) -> str:
    return "/".join(path.parts[:2])


def imports(path: Path, known: Mapping[str, Path]) -> set[str]:
    """Return the product's modules that one imports, outside of functions."""
    found = set()
    for node in outside_functions(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = (
                path.parent.parts[: len(path.parent.parts) - node.level + 1] if node.level else ()
            )
            module = ".".join([*above, *filter(None, [node.module])])
            names = [f"{module}.{alias.name}" for alias in node.names]
            found |= {name if name in known else module for name in names}
    return found & known.keys()


def outside_functions(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
            yield from outside_functions(node)


def circles(graph: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the first circle that is found, as who imports whom; none where there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return [" -> ".join(reversed(error.args[1]))]
    return []


if __name__ == "__main__":
    sys.exit(main())
