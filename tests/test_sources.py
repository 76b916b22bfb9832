"""What holds for every source file: one subject a file, nothing left half-done, no inline styles."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEXT = {".py", ".html", ".txt", ".css", ".js", ".md", ".toml"}
UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b|NotImplementedError")
INLINE = re.compile(
    r"<[a-z][^>]*\s(?:style|on[a-z]+)=|<style\b|<script(?![^>]*\bsrc=)(?![^>]*application/ld\+json)"
)


def sources(*suffixes):
    """Return the project's own files, generated ones left out."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    files = [ROOT / name for name in listed]
    return [
        path
        for path in files
        if path.suffix in suffixes
        and path.is_file()
        and "migrations" not in path.parts
        and not path.name.startswith("requirements")
    ]


def test_no_file_has_grown_into_two_subjects():
    lengths = {path: len(path.read_text().splitlines()) for path in sources(".py", ".html")}
    assert {str(path.relative_to(ROOT)): n for path, n in lengths.items() if n > 300} == {}


def test_no_file_is_named_for_everything_and_nothing():
    vague = {"utils.py", "helpers.py", "services.py", "common.py", "misc.py"}
    product = [path for path in sources(".py") if "tests" not in path.relative_to(ROOT).parts]
    assert [str(path) for path in product if path.name in vague] == []


def test_nothing_is_marked_as_unfinished():
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in sources(*TEXT)
        if path != Path(__file__)
        for match in UNFINISHED.finditer(path.read_text())
    ]
    assert found == []


def test_pages_have_no_inline_styles_or_scripts():
    """The Content-Security-Policy forbids them; mail programs know nothing else, so mail may."""
    templates = [path for path in sources(".html") if path.is_relative_to(ROOT / "templates")]
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in templates
        if "mail" not in path.parts and "email" not in path.parts
        for match in INLINE.finditer(path.read_text())
    ]
    assert found == []
