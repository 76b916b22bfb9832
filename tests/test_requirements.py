"""docs/requirements.md has every row, and each test that it names holds that row."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROWS = re.findall(
    r"^\| (R\d+) \|.*\| ([^|]+) \|$", (ROOT / "docs/requirements.md").read_text(), re.MULTILINE
)


def test_all_thirty_one_rows_are_there():
    assert [row for row, _tests in ROWS] == [f"R{number}" for number in range(1, 32)]


@pytest.mark.parametrize(("row", "tests"), ROWS)
def test_each_named_test_holds_the_row(row, tests):
    paths = re.findall(r"`(tests/[^`]+)`", tests)
    assert paths
    for path in paths:
        assert re.search(rf"(?<![A-Za-z0-9]){row}(?![0-9])", (ROOT / path).read_text()), path
