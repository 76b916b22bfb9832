"""A run over one tenant: page by page, resumable, and its result kept for the tenant's admin.

It begins with the events that Stripe couldn't deliver, applied as if they had come.
Source: https://docs.stripe.com/webhooks/process-undelivered-events

What it must remember of a tenant's account may be a million rows, so it is on disk: SQLite's own
temporary files take two megabytes of memory for any number.
Source: https://www.sqlite.org/inmemorydb.html#temp_db
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

import stripe
from django.utils import timezone, translation
from wagtail.models import Site

from billing.models import BillingSettings, Reconciliation, Subscription, WebhookEvent
from billing.reconcile.compare import carrying_on, compare, compare_local
from billing.reconcile.report import Report
from billing.stripe_api.client import stripe_client
from billing.stripe_api.errors import StripeProblem, stripe_problems
from billing.sync.retrieve import plain
from billing.tenant_billing import TenantBilling, load_tenant
from billing.webhooks import EVENT_TYPES
from billing.webhooks.event import MalformedEventError, event_from_json
from billing.webhooks.processing import receive

if TYPE_CHECKING:
    from stripe.params import SubscriptionListParams

PAGE = 100
# An older run is begun anew: what it compared may be different by now.
RESUMES_FOR = timedelta(hours=12)
# Stripe itself delivers again for three days; of what is older nobody wants mail.
OLD_NEWS = 3 * 86_400
PORTION = 100
Outcome = WebhookEvent.Outcome
Progress = Callable[[int], None]


class Seen:
    """The ids of the subscriptions that Stripe's list brought up."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("")
        self._database.execute("CREATE TABLE seen (id TEXT PRIMARY KEY) WITHOUT ROWID")

    def add(self, ids: Iterable[str]) -> None:
        """Add these; what is there already stays."""
        self._database.executemany("INSERT OR IGNORE INTO seen VALUES (?)", ((id,) for id in ids))

    def __contains__(self, id: object) -> bool:
        found = self._database.execute("SELECT 1 FROM seen WHERE id = ?", (id,))
        return found.fetchone() is not None


class Backlog:
    """Events that are still to be applied, in the order in which they came about."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("")
        self._database.execute(
            "CREATE TABLE events (created INTEGER, id TEXT, body TEXT, PRIMARY KEY (created, id))"
        )

    def add(self, events: Iterable[dict[str, Any]]) -> None:
        """Add these events of Stripe's; what is there already stays."""
        self._database.executemany(
            "INSERT OR IGNORE INTO events VALUES (?, ?, ?)",
            ((event["created"], event["id"], json.dumps(event)) for event in events),
        )

    @property
    def newest(self) -> int:
        """The second at which the last of them came about, 0 where there is none."""
        [newest] = self._database.execute("SELECT max(created) FROM events").fetchone()
        return newest or 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for (body,) in self._database.execute("SELECT body FROM events ORDER BY created, id"):
            yield json.loads(body)


def reconcile(
    site: Site, *, fix: bool = False, on_progress: Progress = lambda compared: None
) -> Report:
    """Compare a tenant's books with Stripe's and return what was found, and repaired with `fix`.

    Safe at any time, beside live traffic, and after an interruption it goes on where it was. What
    keeps it from finishing is in the report's `error`.
    """
    tenant = load_tenant(site)
    run, report = begin(tenant, fix=fix)
    try:
        client = stripe_client(tenant.settings, wait="command")
        if fix:
            report.recovered_events += recover_events(tenant, client)
        seen = compare_pages(tenant, client, run, report, fix=fix, on_progress=on_progress)
        compare_local(tenant, seen, report, fix=fix)
    except StripeProblem as problem:
        # In English as all that commands write; the admin's page puts it in its reader's language.
        with translation.override("en"):
            report.error = str(problem.words)
        keep(run, report)
        return report
    run.cursor = ""
    run.finished_at = timezone.now()
    keep(run, report)
    return report


def begin(tenant: TenantBilling, *, fix: bool) -> tuple[Reconciliation, Report]:
    """Return the tenant's run: the interrupted one, or a new one in the place of the last."""
    report = Report(host=tenant.site.hostname)
    run = Reconciliation.objects.filter(site=tenant.site).first()
    now = timezone.now()
    if run and run.cursor and run.fixes == fix and now - run.started_at < RESUMES_FOR:
        report.compared = run.compared
        report.findings.update(run.findings)
        report.repaired.update(run.repaired)
        return run, report
    run = run or Reconciliation(site=tenant.site)
    run.started_at, run.finished_at, run.cursor, run.fixes = now, None, "", fix
    keep(run, report)
    return run, report


def keep(run: Reconciliation, report: Report) -> None:
    """Write down how far it came."""
    run.compared = report.compared
    run.findings = dict(report.findings)
    run.repaired = dict(report.repaired)
    run.error = report.error
    run.save()


def compare_pages(
    tenant: TenantBilling,
    client: stripe.StripeClient,
    run: Reconciliation,
    report: Report,
    *,
    fix: bool,
    on_progress: Progress,
) -> Seen:
    """Compare Stripe's list from the run's cursor on; return the ids that it brought up."""
    seen = Seen()
    while True:
        page = list_page(client, after=run.cursor)
        for subscription in page["data"]:
            with carrying_on(report, subscription["id"]):
                compare(tenant, client, subscription, report, fix=fix)
            on_progress(1)
        seen.add(subscription["id"] for subscription in page["data"])
        if not page["data"] or not page["has_more"]:
            return seen
        run.cursor = page["data"][-1]["id"]
        keep(run, report)


def list_page(client: stripe.StripeClient, *, after: str) -> dict[str, Any]:
    """Return one page of all subscriptions at Stripe, newest first; raises StripeProblem."""
    params: SubscriptionListParams = {"status": "all", "limit": PAGE}
    if after:
        params["starting_after"] = after
    with stripe_problems():
        return plain(client.v1.subscriptions.list(params=params))


def sites_to_reconcile(only: Site | None = None) -> list[Site]:
    """Return the tenants that have keys, or of them only this one; also those where billing is off,
    since what runs there goes on."""
    with_keys = BillingSettings.objects.exclude(secret_key="").values("site")
    sites = Site.objects.filter(pk__in=with_keys).order_by("hostname")
    return list(sites.filter(pk=only.pk) if only else sites)


def known_subscriptions(site: Site) -> int:
    """Return about how many there are to compare, for a progress bar."""
    return Subscription.objects.filter(site=site).count()


def recover_events(tenant: TenantBilling, client: stripe.StripeClient) -> int:
    """Apply what Stripe couldn't deliver, in its order, and return how many; raises StripeProblem."""
    missing = undelivered(tenant, client)
    newest = missing.newest
    recovered = 0
    for body in missing:
        try:
            event = event_from_json(body)
        except MalformedEventError:
            continue
        outcome = receive(tenant, event, quiet=event.created < newest - OLD_NEWS)
        recovered += outcome not in ("duplicate", Outcome.FAILED)
    return recovered


def undelivered(tenant: TenantBilling, client: stripe.StripeClient) -> Backlog:
    """Return the events of ours that Stripe couldn't deliver and the ledger doesn't have."""
    missing = Backlog()
    with stripe_problems():
        listed = client.v1.events.list(params={"delivery_success": False, "limit": 100})
        events = (event for event in listed.auto_paging_iter() if event.type in EVENT_TYPES)
        while portion := [plain(event) for event in islice(events, PORTION)]:
            missing.add(not_in_ledger(tenant, portion))
    return missing


def not_in_ledger(tenant: TenantBilling, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return those of these events that weren't taken in yet, or failed."""
    ids = [event["id"] for event in events]
    known = set(
        WebhookEvent.objects.filter(site=tenant.site, event_id__in=ids)
        .exclude(outcome=Outcome.FAILED)
        .values_list("event_id", flat=True)
    )
    return [event for event in events if event["id"] not in known]
