"""Real workers that are killed, that take long, and that work beside each other."""

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from billing.models import Reconciliation
from billing.setup.billing_toggle import switch
from krate_site.tasks.worker import WAITS
from krate_site.tenancy.models import LiveBinding
from tests.factories import SiteFactory, UserFactory
from tests.faults import SilentServer
from tests.operations.serving import wait_for
from tests.operations.workers import ask_for_a_code, wait_for_task

pytestmark = [pytest.mark.database, pytest.mark.long, pytest.mark.timeout(600)]


@pytest.fixture
def silent_mail_server():
    server = SilentServer()
    yield server
    server.release()


def test_killed_workers_lose_no_mail_and_no_comparison(
    site_with_queue, open_shop, workers, slow_stripe, silent_mail_server
):
    """The daily unit says that one was."""
    shop = open_shop(site_with_queue)
    slow_stripe.delay(shop.secret_key)
    DBTaskResult.objects.all().delete()
    address = UserFactory(verified=True).email
    ask_for_a_code(site_with_queue, address)
    unit = workers.manage("daily_billing")
    wait_for(lambda: DBTaskResult.objects.count() == 4, seconds=60)
    away = f"smtp://127.0.0.1:{silent_mail_server.port}"
    killed = [
        workers.start("--queue-name", "background"),
        workers.start("--queue-name", "mail", EMAIL_URL=away),
    ]
    for worker, name in zip(killed, ("reconcile_tenant", "deliver"), strict=True):
        wait_for_task(name, "RUNNING")
        workers.kill(worker)
    slow_stripe.release()
    workers.start()
    for name in ("reconcile_tenant", "deliver"):
        wait_for_task(name, "READY", seconds=240)
    assert unit.wait(timeout=60) == 1
    assert "The worker was killed." in workers.said(unit)
    again = DBTaskResult.objects.filter(status="READY", run_after__gt=timezone.now())
    assert again.update(run_after=timezone.now()) == 2
    wait_for(lambda: workers.sent() == [f"To: {address}"], seconds=60)
    wait_for_task("reconcile_tenant", "SUCCESSFUL")
    assert Reconciliation.objects.get().finished_at


def test_a_task_that_takes_long_stays_with_its_worker(
    site_with_queue, open_shop, workers, slow_stripe
):
    shop = open_shop(site_with_queue)
    slow_stripe.delay(shop.secret_key)
    switch(site_with_queue, on=True, by=UserFactory())
    workers.start("--queue-name", "background")
    slow_stripe.wait_for_calls(1)
    begun = wait_for_task("catch_up", "RUNNING").started_at
    wait_for(DBTaskResult.objects.running().filter(started_at__gt=begun).exists, seconds=60)


def test_a_code_and_the_index_wait_for_no_comparison(
    site_with_queue, open_shop, workers, slow_stripe
):
    """Stripe is silent to some tenants, and gives up on none before all else is done."""
    DBTaskResult.objects.all().delete()
    admin = UserFactory(verified=True)
    for name in ("gazette", "herald", "mirror"):
        shop = open_shop(SiteFactory(hostname=f"{name}.localhost", billing=True))
        slow_stripe.delay(shop.secret_key)
        switch(shop.site, on=True, by=admin)
    ask_for_a_code(site_with_queue, admin.email)
    for name in ("background", "default", "mail"):
        workers.start("--queue-name", name)
    slow_stripe.wait_for_calls(1)
    of_wagtail = DBTaskResult.objects.filter(queue_name="default")
    assert of_wagtail.exists()
    wait_for(lambda: not of_wagtail.exclude(status="SUCCESSFUL"), seconds=60)
    wait_for(lambda: workers.sent() == [f"To: {admin.email}"], seconds=60)
    comparisons = DBTaskResult.objects.filter(task_path__endswith=".catch_up")
    assert comparisons.exclude(status="SUCCESSFUL").exists()
    slow_stripe.release()
    wait_for(lambda: comparisons.filter(status="SUCCESSFUL").count() == 3, seconds=60)


def test_what_fails_is_tried_for_a_day_and_given_up(site_with_queue, work):
    ask_for_a_code(site_with_queue, UserFactory(verified=True).email)
    queued = DBTaskResult.objects.filter(queue_name="mail")
    for wait in WAITS:
        before = timezone.now()
        assert work(EMAIL_URL="smtp://127.0.0.1:9") == []
        row = queued.get()
        assert row.status == "READY"
        assert before + wait < row.run_after < timezone.now() + wait
        queued.update(run_after=before)
    assert work(EMAIL_URL="smtp://127.0.0.1:9") == []
    assert queued.get().status == "FAILED"


def test_in_a_copy_mail_is_dropped_at_once(site_with_queue, work):
    LiveBinding.objects.create(
        site=site_with_queue, hostname=site_with_queue.hostname, installation="another"
    )
    ask_for_a_code(site_with_queue, UserFactory(verified=True).email)
    assert work() == []
    assert DBTaskResult.objects.get(queue_name="mail").status == "FAILED"
