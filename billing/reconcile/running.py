"""A run over one tenant: page by page, resumable, and its result kept for the tenant's admin."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import stripe
from django.utils import timezone, translation
from wagtail.models import Site

from billing.client import stripe_client
from billing.errors import StripeProblem, stripe_problems
from billing.models import BillingSettings, Reconciliation, Subscription
from billing.reconcile.comparing import carrying_on, compare
from billing.reconcile.local import compare_local
from billing.reconcile.on_disk import Seen
from billing.reconcile.recovery import recover_events
from billing.reconcile.report import Report
from billing.sync.readings import plain
from billing.tenant import Tenant, load_tenant

if TYPE_CHECKING:
    from stripe.params import SubscriptionListParams

PAGE = 100
# An older run is begun anew: what it compared may be different by now.
RESUMES_FOR = timedelta(hours=12)

Progress = Callable[[int], None]


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


def begin(tenant: Tenant, *, fix: bool) -> tuple[Reconciliation, Report]:
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
    tenant: Tenant,
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


def sites_to_reconcile(host: str = "") -> list[Site]:
    """Return the tenants that have keys, or the one of this host; also those where billing is off,
    since what runs there goes on."""
    with_keys = BillingSettings.objects.exclude(secret_key="").values("site")
    sites = Site.objects.filter(pk__in=with_keys).order_by("hostname")
    return list(sites.filter(hostname=host) if host else sites)


def known_subscriptions(site: Site) -> int:
    """Return about how many there are to compare, for a progress bar."""
    return Subscription.objects.filter(site=site).count()
