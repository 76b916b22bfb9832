"""A month in which a third of what Stripe tells never arrives, and workers that die (rules W3, W8)."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import connection, connections

from billing.models import Subscription, WebhookEvent
from billing.reconcile.run import reconcile
from billing.webhooks import EVENT_TYPES
from membership.models import Membership
from tests.billing.at_stripe import DECLINED_CARD, GOOD_CARD, AtStripe
from tests.billing.stripe_objects import DAY
from tests.factories import SiteFactory

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]

MEMBERS = 40
FOUR_WORKERS = ["-w", "4", "--threads", "4", "-k", "gthread"]


def live_a_month(at_stripe, chance, tell):
    """Let members come, pay, fail to, switch, cancel and leave for 45 days."""
    members = []
    for day in range(45):
        if day < MEMBERS // 2:
            for _ in range(2):
                member = at_stripe.member()
                member.stripe_id = at_stripe.subscribe(member)
                members.append(member)
        member = chance.choice(members)
        subscriptions = at_stripe.stripe.v1.subscriptions
        status = subscriptions.retrieve(member.stripe_id).status
        is_over = status in ("canceled", "incomplete_expired")
        match chance.randrange(5):
            case 0 if not is_over:
                subscriptions.update(member.stripe_id, {"cancel_at_period_end": True})
            case 1:
                at_stripe.use_card(member.customer, DECLINED_CARD)
            case 2:
                at_stripe.use_card(member.customer, GOOD_CARD)
            case 3:
                if not is_over:
                    subscriptions.cancel(member.stripe_id)
                member.stripe_id = at_stripe.subscribe(member)
        at_stripe.sandbox.advance(DAY + chance.randrange(3600))
        tell()
    return members


@pytest.mark.database
@pytest.mark.parametrize("recoverable", [True, False])
def test_W8_after_an_outage_reconciling_brings_drift_to_zero(at_stripe, capsys, recoverable):
    """Whether Stripe still has the events that it couldn't deliver, or not."""
    chance = random.Random(7)
    if recoverable:
        at_stripe.stripe.v1.webhook_endpoints.create(
            {"url": "http://127.0.0.1:9/api/stripe/webhook", "enabled_events": list(EVENT_TYPES)}
        )

    def tell_two_thirds():
        heard = [event for event in at_stripe.events() if event["type"] in EVENT_TYPES]
        at_stripe.tells(*[event for event in heard if chance.random() > 0.3] or [])

    live_a_month(at_stripe, chance, tell_two_thirds)
    at_stripe.sandbox.flush(60)
    with pytest.raises(SystemExit):
        call_command("reconcile_billing")
    found = capsys.readouterr().out
    call_command("reconcile_billing", "--fix", "--json")
    report = json.loads(capsys.readouterr().out)[0]
    assert (report["paid_without_access"], report["drift"]) == (0, 0), (found, report)
    assert (report["recovered_events"] > 0) == recoverable
    call_command("reconcile_billing", "--json")
    again = json.loads(capsys.readouterr().out)[0]
    assert not any(again["findings"].values())
    assert_access_is_what_stripe_says(at_stripe)


def assert_access_is_what_stripe_says(at_stripe):
    """Ask Stripe about each member, beside all code of ours."""
    listed = at_stripe.stripe.v1.subscriptions.list({"status": "all", "limit": 100})
    paying = {
        one.customer for one in listed.auto_paging_iter() if one.status in ("active", "trialing")
    }
    for membership in Membership.objects.filter(site=at_stripe.shop.site):
        customer = membership.site.stripe_customers.get(user=membership.user)
        if customer.stripe_id in paying:
            assert membership.standing in ("pro", "ending"), membership.reason_code
        else:
            assert membership.standing in ("ended", "past_due"), membership.reason_code


@pytest.fixture
def quick_sandbox(sandbox, monkeypatch):
    """The stand-in for Stripe, delivering again soon, and for long."""
    monkeypatch.setattr(
        sandbox.deliverer, "retry_after", (0.2, 0.5, 1, 1, 2, 2, 3, 3, 5, 5, 5, 5, 5)
    )
    return sandbox


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture
def server(transactional_db, quick_sandbox, tmp_path):
    """gunicorn with four workers on this test's own database."""
    port = free_port()
    database = connection.settings_dict
    log = (tmp_path / "gunicorn.log").open("w")
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "gunicorn",
            "krate_site.wsgi",
            "-c",
            os.devnull,
            *FOUR_WORKERS,
            "-b",
            f"127.0.0.1:{port}",
        ],
        cwd=Path(django_settings.BASE_DIR),
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "krate_site.settings.test",
            "DATABASE_URL": f"postgres://{database['USER']}:{database['PASSWORD']}@"
            f"{database['HOST']}:{database['PORT'] or 5432}/{database['NAME']}",
            "STRIPE_API_BASE": quick_sandbox.url,
        },
        stdout=log,
        stderr=log,
    )
    wait_until_ready(port)
    yield process, port
    process.terminate()
    process.wait(30)
    log.close()


def wait_until_ready(port):
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError("gunicorn doesn't answer.")


def workers_of(process):
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return [int(pid) for pid in children.split()]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_W3_workers_killed_under_a_thousand_deliveries_lose_nothing(
    server, open_shop, quick_sandbox
):
    """A worker dies by SIGKILL every second, whatever it is doing; Stripe delivers again."""
    process, port = server
    site = SiteFactory(hostname="courier.localhost", port=port, billing=True)
    shop = open_shop(site)
    at_stripe = AtStripe(shop, quick_sandbox)
    endpoint = shop.stripe.v1.webhook_endpoints.create(
        {
            "url": f"http://courier.localhost:{port}/api/stripe/webhook",
            "enabled_events": list(EVENT_TYPES),
        }
    )
    shop.settings.webhook_secret = endpoint.secret
    shop.settings.save()
    quick_sandbox.mischief(parallel=8, copies=2)
    members = [at_stripe.member() for _ in range(60)]
    for member in members:
        at_stripe.subscribe(member)
    for _ in range(2):
        quick_sandbox.advance(32 * DAY)
    killed = 0
    while not quick_sandbox.flush(1):
        workers = workers_of(process)
        if workers and killed < 120:
            os.kill(random.choice(workers), signal.SIGKILL)
            killed += 1
    connections.close_all()
    told = [one["id"] for one in at_stripe.events() if one["type"] in EVENT_TYPES]
    deliveries = quick_sandbox.deliveries()
    rows = WebhookEvent.objects.filter(site=site)
    sys.stdout.write(
        f"{len(deliveries)} deliveries of {len(told)} events, {killed} workers killed\n"
    )
    assert len(deliveries) >= 1000
    assert killed >= 5
    assert {one["state"] for one in deliveries} == {"succeeded"}
    assert sorted(rows.values_list("event_id", flat=True)) == sorted(told)
    assert set(rows.values_list("outcome", flat=True)) <= {"applied", "ignored"}
    assert Subscription.objects.filter(status="active").count() == len(members)
    assert reconcile(site).drift == 0
    for member in members:
        member.refresh_from_db()
        assert member.is_pro
