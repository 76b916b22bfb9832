"""Nobody waits for what is none of theirs, and no task is lost with its worker."""

from collections import Counter
from datetime import timedelta

import pytest
from django.conf import settings
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone
from django_tasks import task
from django_tasks_db.models import DBTaskResult

from billing.models import Reconciliation
from billing.reconcile.daily import start_daily_tasks
from krate_site.tasks import queues
from krate_site.tasks.worker import SIGNS_MISSED, WAITS, Worker, take_up_abandoned
from membership.emails import NOT_AWAITED, send_tenant_mail
from tests.factories import UserFactory
from tests.operations.workers import ask_for_a_code

pytestmark = [pytest.mark.database]
AT_ONCE = settings.TASKS


@pytest.fixture
def task_in_hand(db, leave_to_workers):
    """Return a function that has a task taken up by so many workers, one after the other."""

    def task_in_hand(workers=1, path="billing.setup.signals.follow"):
        return DBTaskResult.objects.create(
            status="RUNNING",
            started_at=timezone.now() - timedelta(days=3),
            task_path=path,
            args_kwargs={"args": [0], "kwargs": {}},
            worker_ids=[f"worker-{number}" for number in range(workers)],
            backend_name="default",
            queue_name="background",
            run_after=timezone.now(),
        )

    return task_in_hand


def look(times):
    """Have a worker look for abandoned tasks."""
    looks = Counter()
    for _ in range(times):
        looks = take_up_abandoned(looks)
    return looks


def worker_of(row):
    """Return the worker that has taken a task up."""
    arguments = {"interval": 1, "batch": True, "startup_delay": False, "max_tasks": None}
    return Worker(
        queue_names=["*"],
        excluded_queue_names=[],
        backend_name="default",
        worker_id=row.worker_ids[-1],
        **arguments,
    )


def do(row):
    """Have a worker do a task that it has taken up."""
    worker_of(row).run_task(row)
    row.refresh_from_db()


@pytest.mark.parametrize(
    ("looks", "workers", "status"),
    [
        (SIGNS_MISSED, 1, "RUNNING"),
        (SIGNS_MISSED + 1, 1, "READY"),
        (SIGNS_MISSED + 1, len(WAITS), "READY"),
        (SIGNS_MISSED + 1, len(WAITS) + 1, "FAILED"),
    ],
    ids=["may be at work", "worker is gone", "sixth is gone", "killed seven"],
)
def test_a_task_is_taken_up_once_its_worker_gives_no_sign(task_in_hand, looks, workers, status):
    row = task_in_hand(workers)
    worker = worker_of(row)
    worker.held = row
    worker.give_sign()
    look(looks)
    row.refresh_from_db()
    assert row.status == status


def test_whoever_could_not_look_takes_nobodys_task(task_in_hand):
    """Where the database was away nobody could give a sign, and the first to come back looks once."""
    row = task_in_hand()
    looks = look(SIGNS_MISSED)
    DBTaskResult.objects.update(started_at=timezone.now())
    take_up_abandoned(looks)
    row.refresh_from_db()
    assert row.status == "RUNNING"


def test_whoever_ends_late_leaves_the_task_to_the_worker_that_took_it_up(task_in_hand):
    row = task_in_hand()
    DBTaskResult.objects.update(worker_ids=["worker-0", "another"])
    do(row)
    assert (row.status, row.finished_at, row.worker_ids[-1]) == ("RUNNING", None, "another")


@task()
def lose_the_connection():
    connection.connection.close()


@pytest.mark.postgresql
def test_what_is_done_is_not_done_again_for_a_lost_connection(transactional_db, task_in_hand):
    row = task_in_hand(path=lose_the_connection.module_path)
    DBTaskResult.objects.update(args_kwargs={"args": [], "kwargs": {}})
    row.refresh_from_db()
    do(row)
    assert row.status == "SUCCESSFUL"


def test_a_task_of_a_newer_version_waits_for_a_worker_that_knows_it(task_in_hand):
    row = task_in_hand(path="billing.of_tomorrow.do_it")
    do(row)
    assert row.status == "READY"
    assert row.run_after > timezone.now()


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


def test_a_mail_that_failed_before_goes_after_a_new_one(site, leave_to_workers, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_PORT = 9
    for _ in range(2):
        ask_for_a_code(site, UserFactory(verified=True).email)
    new, failing = DBTaskResult.objects.ready()
    failing.claim("worker-0")
    do(failing)
    DBTaskResult.objects.update(run_after=timezone.now())
    assert list(DBTaskResult.objects.ready()) == [new, failing]


def test_a_mail_that_waited_for_days_is_not_sent(site, leave_to_workers):
    """A worker was killed by an older version, whose tasks nobody took up."""
    ask_for_a_code(site, UserFactory(verified=True).email)
    DBTaskResult.objects.update(enqueued_at=timezone.now() - timedelta(days=3))
    row = DBTaskResult.objects.get()
    row.claim("worker-0")
    do(row)
    assert (row.status, mail.outbox) == ("SUCCESSFUL", [])


def test_the_daily_unit_fails_where_a_comparison_does_not_finish(shop, sandbox):
    sandbox.mischief(answer=500)
    with pytest.raises(CommandError, match=shop.site.hostname):
        call_command("daily_billing")


def test_without_workers_the_daily_job_leaves_none_to_them(shop, leave_to_workers, settings):
    """Nor does it wait for what was queued before they were switched off."""
    start_daily_tasks()
    settings.TASKS = AT_ONCE
    call_command("daily_billing")
    assert Reconciliation.objects.get().finished_at


def test_the_daily_job_does_not_pile_up(shop, leave_to_workers):
    first = [result.id for result in start_daily_tasks()]
    assert [result.id for result in start_daily_tasks()] == first


def test_the_daily_unit_fails_where_no_worker_runs(shop, leave_to_workers, monkeypatch):
    monkeypatch.setattr(queues, "SECONDS_WITHOUT_A_SIGN", 0)
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
