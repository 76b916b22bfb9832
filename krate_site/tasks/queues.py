"""Putting tasks into the queue of one of the workers, or doing them at once where there is none.

There are three queues, so that none waits for another. `mail` is what a person waits for, `default`
has Wagtail's search index and references, `background` what takes minutes or asks Stripe.
"""

import time
from collections.abc import Sequence
from functools import partial
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Max, Q
from django_tasks import TaskResult, TaskResultStatus
from django_tasks.base import Task
from django_tasks_db.models import DBTaskResult, get_date_max

T = TypeVar("T")

SECONDS_BETWEEN_LOOKS = 2
# A worker gives a sign of its task every few seconds.
SECONDS_WITHOUT_A_SIGN = 600


class NoWorkerError(Exception):
    """Nobody does what is in the queue."""


def enqueue_with_commit(task: Task[Any, Any], *args: Any) -> None:
    """Queue a task by the caller's transaction, so that a killed process loses both or neither.

    Without a worker it runs once that transaction is committed.
    """
    if task.get_backend().supports_defer:
        task.enqueue(*args)
    else:
        transaction.on_commit(partial(task.enqueue, *args), robust=True)


def enqueue_once(task: Task[Any, T], *args: Any) -> TaskResult[T]:
    """Queue a task unless the same is in the queue; that one is then as good as new. Return its result."""
    if not task.get_backend().supports_defer:
        return task.enqueue(*args)
    unfinished = [TaskResultStatus.READY, TaskResultStatus.RUNNING]
    same = DBTaskResult.objects.filter(
        task_path=task.module_path,
        args_kwargs={"args": list(args), "kwargs": {}},
        status__in=unfinished,
    )
    same.filter(status=TaskResultStatus.READY).update(
        run_after=get_date_max(), worker_ids=[], traceback=""
    )
    row = same.first()
    return row.task_result if row else task.enqueue(*args)


def failures_of(results: Sequence[TaskResult[Any]]) -> list[str]:
    """Wait until each of these tasks was tried, and return what those that failed say.

    What failed may be tried again later. Raises NoWorkerError where nothing happens in their queues.
    """
    at_once = [result.errors[-1].traceback for result in results if result.errors]
    queued = DBTaskResult.objects.filter(
        pk__in=[result.id for result in results if not result.is_finished]
    )
    queues = DBTaskResult.objects.filter(queue_name__in={r.task.queue_name for r in results})
    untried = queued.filter(
        Q(status=TaskResultStatus.RUNNING) | Q(status=TaskResultStatus.READY, worker_ids=[])
    )
    last_sign, last_change = None, time.monotonic()
    while left := untried.count():
        sign = (left, queues.aggregate(Max("started_at")))
        if sign != last_sign:
            last_sign, last_change = sign, time.monotonic()
        elif time.monotonic() - last_change > SECONDS_WITHOUT_A_SIGN:
            raise NoWorkerError(
                f"{left} of {len(results)} tasks aren't done, and no worker gave a sign for "
                f"{SECONDS_WITHOUT_A_SIGN} seconds: is `manage.py db_worker` running? They stay queued."
            )
        time.sleep(SECONDS_BETWEEN_LOOKS)
    tried = queued.exclude(traceback="").values_list("traceback", flat=True)
    return [last_line(traceback) for traceback in [*at_once, *tried]]


def last_line(traceback: str) -> str:
    """Return what a traceback ends with: the error and its words."""
    return traceback.strip().splitlines()[-1]
