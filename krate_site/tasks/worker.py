"""A worker that loses no task: while it holds one it gives a sign every few seconds.

What nobody gives a sign of, and what failed, is tried again for a day.
Source: https://github.com/RealOrangeOne/django-tasks-db/issues/5
"""

import logging
import threading
from collections import Counter
from datetime import datetime, timedelta
from traceback import format_exception
from typing import Any
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.db import close_old_connections, connection
from django.db.models import QuerySet
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks.base import TaskContext
from django_tasks.utils import normalize_json
from django_tasks_db.management.commands import db_worker
from django_tasks_db.models import DBTaskResult
from django_tasks_db.utils import retry

from krate_site.tenancy.email_backend import MailHeldBackError

logger = logging.getLogger(__name__)

# A mail server, or Stripe, is away for minutes, or for a night.
WAITS = [timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 480, 840)]
SECONDS_BETWEEN_SIGNS = 10
# A sign may be late, where the database is locked, or a machine stands still.
SIGNS_MISSED = 6
# What was tried once goes after what is new: nobody's code waits for mails of an hour ago.
PRIORITY_AGAIN = 0

# Running tasks, by the time of their last sign, and how often they were seen without a newer one.
Looks = Counter[tuple[UUID, datetime | None]]


class AbandonedError(Exception):
    """The worker that held this task was killed, or its machine is gone."""

    def __init__(self) -> None:
        super().__init__("The worker was killed.")


class Worker(db_worker.Worker):
    """django-tasks-db's, which by itself leaves the task of a killed worker running for ever."""

    held: DBTaskResult[Any, Any] | None = None

    def run(self) -> None:
        stopped = threading.Event()
        threading.Thread(target=self.watch, args=[stopped], daemon=True).start()
        try:
            super().run()
        finally:
            stopped.set()

    def run_task(self, db_task_result: DBTaskResult[Any, Any]) -> None:
        """Do the task, and write its end into its row in one statement."""
        self.running_task, self.held = True, db_task_result
        try:
            value = call(db_task_result)
        except BaseException as problem:  # noqa: BLE001 - a second Ctrl+C among them
            put_back(held_by_its_worker(db_task_result), db_task_result, problem)
        else:
            conclude(db_task_result, value)
        finally:
            self.running_task, self.held = False, None
            self._run_tasks += 1

    def watch(self, stopped: threading.Event) -> None:
        """Give signs of the task in hand, and look for those that nobody gives a sign of."""
        looks: Looks = Counter()
        while not stopped.wait(SECONDS_BETWEEN_SIGNS):
            close_old_connections()
            try:
                self.give_sign()
                looks = take_up_abandoned(looks)
            except Exception:
                logger.warning("No sign of a task in hand could be given.", exc_info=True)
        connection.close()

    def give_sign(self) -> None:
        if row := self.held:
            held_by_its_worker(row).update(started_at=timezone.now())


def call(row: DBTaskResult[Any, Any]) -> Any:
    """Do what a row of the queue says; raises whatever the task does, or that there is none."""
    task, result = row.task, row.task_result
    context = [TaskContext(task_result=result)] if task.takes_context else []
    return normalize_json(task.call(*context, *result.args, **result.kwargs))


def held_by_its_worker(row: DBTaskResult[Any, Any]) -> QuerySet[DBTaskResult[Any, Any]]:
    """Return the row, unless another worker has taken the task up meanwhile."""
    return DBTaskResult.objects.running().filter(pk=row.pk, worker_ids=row.worker_ids)


@retry()
def conclude(row: DBTaskResult[Any, Any], value: Any) -> None:
    """Write down that a task is done; what it did once isn't to be done again for a lost connection."""
    leave_broken_connection()
    held_by_its_worker(row).update(
        status=TaskResultStatus.SUCCESSFUL,
        return_value=value,
        finished_at=timezone.now(),
        exception_class_path="",
        traceback="",
    )
    logger.info("%s is done.", named(row))


def take_up_abandoned(looks: Looks) -> Looks:
    """Put back what was seen too often without a sign; return how often all else was.

    Looks are counted, not time, so that an outage of the database makes nobody's task abandoned.
    """
    seen: Looks = Counter()
    for row in DBTaskResult.objects.running():
        task = (row.pk, row.started_at)
        if looks[task] < SIGNS_MISSED:
            seen[task] = looks[task] + 1
        else:
            abandoned = held_by_its_worker(row).filter(started_at=row.started_at)
            put_back(abandoned, row, AbandonedError())
    return seen


@retry()
def put_back(
    rows: QuerySet[DBTaskResult[Any, Any]], row: DBTaskResult[Any, Any], problem: BaseException
) -> None:
    """Have a task tried again, ever later, for a day; then, or where that is hopeless, give it up."""
    leave_broken_connection()
    attempts = len(row.worker_ids)
    is_last = attempts > len(WAITS)
    columns = {
        "status": TaskResultStatus.FAILED,
        "finished_at": timezone.now(),
        "exception_class_path": f"{type(problem).__module__}.{type(problem).__qualname__}",
        "traceback": "".join(format_exception(problem)),
    }
    if not is_last and not is_hopeless(row, problem):
        columns |= {
            "status": TaskResultStatus.READY,
            "run_after": timezone.now() + WAITS[attempts - 1],
            "priority": min(row.priority, PRIORITY_AGAIN),
        }
    changed = rows.update(**columns)
    if not changed:
        logger.warning("%s is another worker's by now: %r", named(row), problem)
    elif "run_after" in columns:
        logger.warning("%s is tried again in %s: %r", named(row), WAITS[attempts - 1], problem)
    elif is_last:
        logger.error("%s is given up after %d attempts.", named(row), attempts, exc_info=problem)
    else:
        logger.warning("%s is given up: %r", named(row), problem)


def leave_broken_connection() -> None:
    """Have the next statement open another, where the last one found it broken."""
    if connection.errors_occurred:
        close_old_connections()


def is_hopeless(row: DBTaskResult[Any, Any], problem: BaseException) -> bool:
    """Return whether a second time would end as the first.

    Nobody is written to from a copy of the database; and what Wagtail was to index may be deleted.
    """
    is_gone = row.queue_name == "default" and isinstance(problem, ObjectDoesNotExist)
    return is_gone or isinstance(problem, MailHeldBackError)


def named(row: DBTaskResult[Any, Any]) -> str:
    return f"The task {row.task_path} ({row.pk})"
