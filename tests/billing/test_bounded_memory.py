"""S3: what goes through all members of a tenant takes no more memory the more there are."""

import tracemalloc

import pytest

from bench.filling import fill_members
from billing.reconcile.compare import compare_local
from billing.reconcile.report import Report
from billing.reconcile.run import Backlog, Seen
from billing.tenant_billing import load_tenant
from tests.factories import team_member

pytestmark = [pytest.mark.django_db, pytest.mark.long]

# Bytes by which two runs may differ; a list of the ids alone would take more. Both runs go through
# more than two portions, since one is read while the last is still there.
SLACK = 200_000


def peak_of(act):
    """Return the most memory in bytes that was in use at once during this, and what it returned."""
    tracemalloc.start()
    try:
        result = act()
        return tracemalloc.get_traced_memory()[1], result
    finally:
        tracemalloc.stop()


def compare(tenant, seen):
    report = Report(host="courier.localhost")
    compare_local(tenant, seen, report, fix=False)
    return report


def seen_all(count):
    seen = Seen()
    seen.add(f"sub_fill_{number}" for number in range(count))
    return seen


def test_S3_reconciliation_needs_no_more_memory_for_more_members(site, billing):
    tenant = load_tenant(site)
    fill_members(site, 6_000)
    compare(tenant, seen_all(6_000))
    few, _report = peak_of(lambda: compare(tenant, seen_all(6_000)))
    fill_members(site, 20_000)
    many, report = peak_of(lambda: compare(tenant, seen_all(20_000)))
    assert report.drift == 0
    assert many < few + SLACK


def test_S3_events_that_are_still_to_be_applied_lie_on_disk_in_their_order():
    def told(count):
        backlog = Backlog()
        backlog.add(
            {"id": f"evt_{number}", "created": count - number, "data": "x" * 500}
            for number in range(count)
        )
        return backlog.newest, sum(1 for _event in backlog), next(iter(backlog))["created"]

    few, answers = peak_of(lambda: told(4_000))
    assert answers == (4_000, 4_000, 1)
    many, _answers = peak_of(lambda: told(20_000))
    assert many < few + SLACK


def test_S3_the_export_of_members_streams_them(client_at, site, billing):
    desk = client_at(site)
    desk.force_login(team_member(site))

    def export():
        answer = desk.get("/admin/members/?export=csv")
        assert answer.streaming
        return sum(line.count(b"\n") for line in answer.streaming_content)

    export()
    fill_members(site, 4_500)
    few, _lines = peak_of(export)
    fill_members(site, 8_000)
    many, lines = peak_of(export)
    assert lines > 8_000
    assert many < few + SLACK
