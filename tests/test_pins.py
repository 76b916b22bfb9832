"""What is pinned runs on every Python that `pyproject.toml` promises, Debian 12's 3.11.2 among them."""

import re
import tomllib
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROMISED = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
OLDEST = f"{PROMISED.removeprefix('>=')}.0"
FILES = ["requirements", "requirements-dev"]


def pins(file):
    """Return what a lock file pins: versions by name."""
    text = (ROOT / f"{file}.txt").read_text()
    found = re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE)
    return {canonicalize_name(name): version for name, version in found}


def asked_for(file):
    """Yield what a `.in` file asks for."""
    for line in (ROOT / f"{file}.in").read_text().splitlines():
        asked = line.split("#")[0].strip()
        if asked.startswith("-r "):
            yield from asked_for(asked[3:].removesuffix(".in"))
        elif asked:
            yield Requirement(asked)


def needed(file, **machine):
    """Return the names of all that a `.in` file brings on such a machine, by the packages' metadata."""
    waiting, seen = list(asked_for(file)), set()
    while waiting:
        asked = waiting.pop()
        key = canonicalize_name(asked.name), frozenset(asked.extras)
        if key not in seen and key[0] in pins(file):
            waiting += [
                further
                for further in map(Requirement, distribution(asked.name).requires or [])
                if further.marker is None
                or any(further.marker.evaluate({**machine, "extra": e}) for e in ("", *key[1]))
            ]
        seen.add(key)
    return {name for name, _extras in seen}


@pytest.mark.parametrize("file", FILES)
def test_every_pin_runs_on_the_oldest_python(file):
    """A package says in its metadata which Pythons it runs on; asked is the one that is installed."""
    installed = {name: distribution(name) for name in pins(file)}
    assert len(installed) > 50
    versions = {name: found.version for name, found in installed.items()}
    assert versions == pins(file), "`make venv` installs what is pinned."
    wants = {name: found.metadata["Requires-Python"] or "" for name, found in installed.items()}
    assert {name: it for name, it in wants.items() if OLDEST not in SpecifierSet(it)} == {}


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("python", [OLDEST, "3.12.0", "3.13.0", "3.14.0"])
@pytest.mark.parametrize(("system", "platform"), [("Linux", "linux"), ("Darwin", "darwin")])
def test_what_a_package_needs_on_another_python_is_pinned_too(file, python, system, platform):
    """`make lock` sees its own Python's conditions only, and pip refuses what has no hash."""
    machine = {"python_full_version": python, "python_version": python.rpartition(".")[0]}
    machine |= {"platform_system": system, "sys_platform": platform, "os_name": "posix"}
    assert needed(file, **machine) - pins(file).keys() == set()


def test_the_makefile_asks_for_the_same_python():
    makefile = (ROOT / "Makefile").read_text()
    major_minor = OLDEST.removesuffix(".0")
    assert f"sys.version_info >= ({major_minor.replace('.', ', ')})" in makefile
    assert f"Python {major_minor} or later" in makefile
