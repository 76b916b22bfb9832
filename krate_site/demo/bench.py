"""`make bench`: how fast the demo's main pages are, and how many SQL statements each takes.

In one process and without a network, so that two versions of the code can be compared on one
machine; the numbers say nothing about a server under load.
"""

import os
import statistics
import sys
import time
from dataclasses import dataclass

import django

SECONDS_A_PAGE = 2.0


@dataclass(frozen=True)
class Row:
    """One page as one kind of reader, measured."""

    label: str
    status: int
    a_second: float
    median_ms: float
    p99_ms: float
    statements_first: int
    statements: int


def main() -> int:
    """Measure the demo's pages and print a table."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "krate_site.settings.dev")
    django.setup()
    from django.core.management import call_command  # noqa: PLC0415 - needs Django

    from krate_site.demo.people import seed_people  # noqa: PLC0415
    from krate_site.demo.publications import HOSTS, seed_publication  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    sites = {tenant: seed_publication(tenant, port=8000) for tenant in HOSTS}
    seed_people(sites)
    print(
        f"{'page':<34}{'status':>7}{'req/s':>9}{'median':>10}{'p99':>10}{'SQL first':>11}{'SQL':>6}"
    )
    for label, path, reader in pages():
        row = measure(label, path, reader)
        print(
            f"{row.label:<34}{row.status:>7}{row.a_second:>9.0f}{row.median_ms:>8.2f}ms"
            f"{row.p99_ms:>8.2f}ms{row.statements_first:>11}{row.statements:>6}"
        )
    return 0


def pages() -> list[tuple[str, str, str]]:
    """Return what is measured: a label, a path, and who reads (an e-mail address, or nobody)."""
    free, pro = "free@courier.example", "monthly@courier.example"
    return [
        ("front page", "/", ""),
        ("section", "/town/", ""),
        ("public article", "/town/corn-hall-clock/", ""),
        ("Pro article, visitor at the wall", "/town/empty-shops/", ""),
        ("Pro article, member at the wall", "/town/empty-shops/", free),
        ("Pro article, Pro member", "/town/empty-shops/", pro),
        ("account, member", "/account/", free),
        ("account, Pro member", "/account/", pro),
        ("plans", "/pro/", free),
        ("search", "/search/?q=harbour", ""),
        ("feed", "/feed/", ""),
        ("no such page", "/nothing-here/", ""),
    ]


def measure(label: str, path: str, email: str) -> Row:
    """Ask for a page again and again as this reader."""
    from django.core.cache import cache  # noqa: PLC0415 - needs Django
    from django.db import connection  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415
    from wagtail.models import Site  # noqa: PLC0415

    from membership.models import User  # noqa: PLC0415
    from membership.sessions import SITE_SESSION_KEY  # noqa: PLC0415

    client = Client(headers={"host": "localhost"})
    if email:
        client.force_login(User.objects.get(email=email))
        session = client.session
        session[SITE_SESSION_KEY] = Site.objects.get(hostname="localhost").pk
        session.save()
    cache.clear()
    with CaptureQueriesContext(connection) as first:
        client.get(path)
    statements_first = len(first)
    with CaptureQueriesContext(connection) as again:
        status = client.get(path).status_code
    statements = len(again)
    took: list[float] = []
    began = time.perf_counter()
    while time.perf_counter() - began < SECONDS_A_PAGE:
        start = time.perf_counter()
        client.get(path)
        took.append(time.perf_counter() - start)
    return Row(
        label=label,
        status=status,
        a_second=len(took) / sum(took),
        median_ms=statistics.median(took) * 1000,
        p99_ms=statistics.quantiles(took, n=100)[98] * 1000,
        statements_first=statements_first,
        statements=statements,
    )


if __name__ == "__main__":
    sys.exit(main())
