"""What `make bench` says of its figures: ratios are judged within one run, and nothing is hidden."""

import itertools
import json

import pytest

from bench.deliveries import pro_member, renewals
from bench.measuring import Row
from bench.report import Report
from bench.scenes import scenes
from bench.targets import memory_verdicts, verdicts

TOLD = {
    "public": "/a/",
    "pro": "/b/",
    "bare": "/c/",
    "free_members": ["k"],
    "pro_members": ["k"],
    "bare_members": ["k"],
}
GOOD = {
    "ceiling": {"per_second": 1000, "cpu_ms": 0.5},
    "trivial": {"per_second": 900, "cpu_ms": 1},
    "bare": {"per_second": 60, "cpu_ms": 20},
    "bare_member": {"per_second": 50},
    "cached_visitor": {"per_second": 700, "statements": 0},
    "cached_wall": {"per_second": 310},
    "cached_pro": {"per_second": 305},
    "uncached_visitor": {"cpu_ms": 25},
    "webhook_new": {"per_second": 300, "cpu_ms": 5, "statements": 8},
    "webhook_duplicate": {"cpu_ms": 2},
    "webhook_forged": {"cpu_ms": 2},
}


def rows(members=1_000, **changes):
    """Return a row for every scene of the bench, good ones unless said otherwise."""
    figures = {**GOOD, **{key: {**GOOD.get(key, {}), **row} for key, row in changes.items()}}
    usual = {
        "members": members,
        "per_second": 100,
        "p50_ms": 1,
        "p99_ms": 2,
        "cpu_ms": 3,
        "database_ms": 1,
        "statements": 3,
        "memory_mb": 150,
        "unexpected": 0,
    }
    return [
        Row(scene=scene.key, label=scene.label, **{**usual, **figures.get(scene.key, {})})
        for scene in scenes(TOLD)
    ]


def missed(*measured):
    return [one.target for one in verdicts([row for some in measured for row in some])
            if not one.reached]  # fmt: skip


def test_a_good_run_reaches_everything():
    assert missed(rows(), rows(members=1_000_000)) == []


@pytest.mark.parametrize(
    ("change", "target"),
    [
        ({"cached_visitor": {"statements": 1}}, "no SQL"),
        ({"cached_visitor": {"per_second": 500}}, "60 %"),
        ({"cached_pro": {"per_second": 100}}, "20 %"),
        ({"uncached_visitor": {"cpu_ms": 27}}, "1.3 ×"),
        ({"uncached_visitor": {"statements": 0}}, "uncached"),
        ({"webhook_new": {"cpu_ms": 9}}, "8 ms"),
        ({"webhook_new": {"per_second": 249}}, "250 a second"),
        ({"webhook_duplicate": {"cpu_ms": 4.1}}, "4 ms"),
        ({"webhook_forged": {"cpu_ms": 3.1}}, "3 ×"),
    ],
)
def test_a_target_that_is_missed_is_named(change, target):
    assert any(target in named for named in missed(rows(**change)))


def test_what_costs_more_where_there_are_more_members_is_named():
    found = verdicts([*rows(), *rows(members=1_000_000, account={"cpu_ms": 4})])
    flat = next(one for one in found if "1,000,000" in one.target)
    assert not flat.reached
    assert "account page" in flat.came_to


def test_a_worker_that_grows_is_named():
    steady = memory_verdicts([(0, 100.0), (10_000, 150.0), (100_000, 152.0)])
    growing = memory_verdicts([(0, 100.0), (10_000, 150.0), (100_000, 190.0)])
    assert [one.reached for one in steady] == [True, True]
    assert [one.reached for one in growing] == [True, False]


def test_the_report_names_answers_that_were_not_as_expected(tmp_path):
    report = Report(command="make bench", machine="a machine", rows=rows(account={"unexpected": 4}))
    assert "weren't as expected: {'account page, Pro member': 4}" in report.as_text()
    report.write(tmp_path / "bench.json")
    told = json.loads((tmp_path / "bench.json").read_text())
    assert {row["scene"] for row in told["rows"]} >= {"ceiling", "bare", "webhook_new", "search"}


def test_the_tables_take_the_place_of_the_last_runs_in_the_page(tmp_path):
    page = tmp_path / "performance.md"
    page.write_text("# Performance\n\n<!-- measured -->\nold\n<!-- /measured -->\n\n## Growing\n")
    for _run in range(2):
        Report(command="make bench", machine="a machine", rows=rows()).put_into(page)
    text = page.read_text()
    assert "old" not in text
    assert text.count("webhook, new event") == 1
    assert text.startswith("# Performance\n")
    assert text.endswith("\n\n## Growing\n")


def test_neighbouring_deliveries_are_new_events_of_different_pro_members():
    events = [json.loads(ask.body) for ask in renewals(200, members=1_000, host="localhost")]
    assert len({event["id"] for event in events}) == 200
    for first, second in itertools.pairwise(events):
        assert first["data"]["object"]["customer"] != second["data"]["object"]["customer"]
        assert first["created"] < second["created"]
    assert {pro_member(number, 100) % 10 for number in range(400)} == {5, 6, 7, 8}
