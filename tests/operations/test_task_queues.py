"""Nobody waits for what is none of theirs, and no task is lost with its worker."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from billing.management.commands import daily_billing
from billing.models import Reconciliation
from billing.setup.billing_toggle import switch
from krate_site.tasks.queues import ABANDONED_AFTER, WAITS, take_up_abandoned
from krate_site.tenancy.models import LiveBinding
from membership.emails import NOT_AWAITED, send_tenant_mail
from tests.billing.slow_stripe import SlowStripe
from tests.factories import SiteFactory, UserFactory
from tests.faults import SilentServer
from tests.operations.serving import wait_for
from tests.operations.workers import ask_for_a_code, let_a_minute_pass, wait_for_task

pytestmark = [pytest.mark.database]


@pytest.fixture
def slow_stripe(sandbox, settings):
    stripe = SlowStripe(sandbox)
    settings.STRIPE_API_BASE = stripe.url
    yield stripe
    stripe.stop()


@pytest.fixture
def silent_mail_server():
    server = SilentServer()
    yield server
    server.release()


def running_since(when, workers):
    """Return a task that so many workers took up, the last of them at a time."""
    return DBTaskResult.objects.create(
        status="RUNNING",
        started_at=when,
        task_path="billing.setup.signals.follow",
        args_kwargs={"args": [1], "kwargs": {}},
        worker_ids=[f"worker-{number}" for number in range(workers)],
        backend_name="default",
        queue_name="background",
        run_after=when,
    )


@pytest.mark.parametrize(
    ("silence", "workers", "status"),
    [
        (ABANDONED_AFTER - timedelta(seconds=30), 1, "RUNNING"),
        (ABANDONED_AFTER + timedelta(seconds=5), 1, "READY"),
        (ABANDONED_AFTER + timedelta(seconds=5), len(WAITS), "READY"),
        (ABANDONED_AFTER + timedelta(seconds=5), len(WAITS) + 1, "FAILED"),
    ],
    ids=["a worker is at it", "its worker is gone", "the sixth is gone", "it killed seven"],
)
def test_what_becomes_of_a_task_in_hand(db, leave_to_workers, silence, workers, status):
    row = running_since(timezone.now() - silence, workers)
    take_up_abandoned()
    row.refresh_from_db()
    assert row.status == status


def test_a_task_is_queued_by_the_transaction_that_it_belongs_to(shop, leave_to_workers):
    """Whoever is killed between the two would lose everybody's access after a new price."""
    DBTaskResult.objects.all().delete()
    with transaction.atomic():
        shop.settings.past_due_grace_days = 7
        shop.settings.save()
        queued = DBTaskResult.objects.get()
        transaction.set_rollback(True)
    assert (queued.task_name, queued.queue_name) == ("follow", "background")
    assert not DBTaskResult.objects.exists()


def test_a_mail_that_somebody_waits_for_goes_first(site, leave_to_workers):
    reader = UserFactory(verified=True)
    code = "account/email/login_code"
    send_tenant_mail(site, to=reader.email, template=code, priority=NOT_AWAITED)
    ask_for_a_code(site, reader.email)
    first, second = DBTaskResult.objects.ready()
    assert first.queue_name == second.queue_name == "mail"
    assert first.enqueued_at > second.enqueued_at


def test_the_daily_unit_fails_where_a_comparison_does_not_finish(shop, sandbox):
    sandbox.mischief(answer=500)
    with pytest.raises(CommandError, match=shop.site.hostname):
        call_command("daily_billing")


def test_the_daily_unit_fails_where_no_worker_runs(shop, leave_to_workers, monkeypatch):
    monkeypatch.setattr(daily_billing, "SECONDS_WITHOUT_A_SIGN", 0)
    with pytest.raises(CommandError, match="3 of 3 tasks aren't done"):
        call_command("daily_billing")
    # Whatever worker comes does them.
    assert DBTaskResult.objects.ready().count() == 3


def test_the_text_of_mails_is_not_kept_for_good(site, leave_to_workers):
    ask_for_a_code(site, UserFactory(verified=True).email)
    weeks_ago = timezone.now() - timedelta(days=15)
    DBTaskResult.objects.update(status="SUCCESSFUL", finished_at=weeks_ago)
    call_command("prune_db_task_results")
    assert not DBTaskResult.objects.exists()


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_mail_comes_though_its_worker_is_killed(site_with_queue, workers, silent_mail_server):
    address = UserFactory(verified=True).email
    ask_for_a_code(site_with_queue, address)
    away = f"smtp://127.0.0.1:{silent_mail_server.port}"
    killed = workers.start("--queue-name", "mail", EMAIL_URL=away)
    wait_for_task("deliver", "RUNNING")
    workers.kill(killed)
    let_a_minute_pass()
    assert workers.work() == [f"To: {address}"]
    assert workers.work() == [f"To: {address}"]


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_task_that_takes_long_stays_with_its_worker(
    site_with_queue, open_shop, workers, slow_stripe
):
    shop = open_shop(site_with_queue)
    slow_stripe.delay(shop.secret_key)
    switch(site_with_queue, on=True, by=UserFactory())
    workers.start("--queue-name", "background")
    slow_stripe.wait_for_calls(1)
    almost = timezone.now() - ABANDONED_AFTER + timedelta(seconds=30)
    DBTaskResult.objects.running().update(started_at=almost)
    wait_for(DBTaskResult.objects.running().filter(started_at__gt=almost).exists, seconds=60)


@pytest.mark.long
@pytest.mark.timeout(300)
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


@pytest.mark.long
@pytest.mark.timeout(300)
def test_the_daily_unit_ends_well_though_a_worker_is_killed(
    site_with_queue, open_shop, workers, slow_stripe
):
    shop = open_shop(site_with_queue)
    slow_stripe.delay(shop.secret_key)
    unit = workers.manage("daily_billing")
    killed = workers.start()
    slow_stripe.wait_for_calls(1)
    workers.kill(killed)
    slow_stripe.release()
    let_a_minute_pass()
    workers.start()
    _, said = unit.communicate(timeout=120)
    assert (unit.returncode, said) == (0, "")
    assert Reconciliation.objects.get().finished_at


@pytest.mark.long
@pytest.mark.timeout(300)
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


@pytest.mark.long
@pytest.mark.timeout(300)
def test_in_a_copy_mail_is_dropped_at_once(site_with_queue, work):
    LiveBinding.objects.create(
        site=site_with_queue, hostname=site_with_queue.hostname, installation="another"
    )
    ask_for_a_code(site_with_queue, UserFactory(verified=True).email)
    assert work() == []
    assert DBTaskResult.objects.get(queue_name="mail").status == "FAILED"
