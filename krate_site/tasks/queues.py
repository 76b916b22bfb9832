"""Tasks that survive their worker: a worker says every few seconds that it is at work on a task,
and one that nobody is at work on, or that failed, is taken up again.

There are three queues, so that none waits for another. `mail` is what a person waits for, `default`
has Wagtail's search index and references, `background` what takes minutes or asks Stripe.
Source: https://github.com/RealOrangeOne/django-tasks-db/issues/5
"""

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import Error, close_old_connections, connection, transaction
from django.db.models.functions import Now
from django.utils import timezone
from django_tasks import TaskResult, TaskResultStatus
from django_tasks.base import Task
from django_tasks.signals import log_task_finished, task_finished
from django_tasks_db.models import DBTaskResult

from krate_site.tenancy.email_backend import MailHeldBackError

logger = logging.getLogger(__name__)

# A mail server, or Stripe, is away for minutes, or for a night: it is tried again for a day.
WAITS = [timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 480, 840)]
# What the second time would find as the first did: what it was about is gone, or mail is held back.
HOPELESS = (ObjectDoesNotExist, MailHeldBackError)
SECONDS_BETWEEN_SIGNS = 10
# Several signs in a row may be lost, to a locked database or a machine that stands still.
ABANDONED_AFTER = timedelta(seconds=60)


class AbandonedError(Exception):
    """Each worker that took this task up was killed while it was at work on it."""


def enqueue_with_commit(task: Task[Any, Any], *args: Any) -> None:
    """Queue a task by the transaction that it belongs to, so that a killed process loses neither.

    Without a worker it runs once that transaction is committed.
    """
    if task.get_backend().supports_defer:
        task.enqueue(*args)
    else:
        transaction.on_commit(partial(task.enqueue, *args), robust=True)


@contextmanager
def at_work(worker_id: str) -> Iterator[None]:
    """Have this process, a worker, say which tasks it is at work on, and take up what others left."""
    task_finished.disconnect(log_task_finished)
    task_finished.connect(try_again)
    take_up_abandoned()
    stopped = threading.Event()
    threading.Thread(target=give_signs, args=(worker_id, stopped), daemon=True).start()
    try:
        yield
    finally:
        stopped.set()


def give_signs(worker_id: str, stopped: threading.Event) -> None:
    while not stopped.wait(SECONDS_BETWEEN_SIGNS):
        close_old_connections()
        try:
            give_sign(worker_id)
            take_up_abandoned()
        except Error as problem:
            logger.warning("No sign of this worker's tasks could be given: %s", problem)
    connection.close()


def give_sign(worker_id: str) -> None:
    """Put off the time at which this worker's tasks count as abandoned."""
    running = DBTaskResult.objects.running().values_list("pk", "worker_ids")
    own = [pk for pk, worker_ids in running if worker_ids[-1] == worker_id]
    DBTaskResult.objects.running().filter(pk__in=own).update(started_at=Now())


def take_up_abandoned() -> None:
    """Queue again what no worker has been at work on for a minute.

    A task that has had as many workers as attempts is given up: it may be what kills them.
    """
    abandoned = DBTaskResult.objects.running().filter(started_at__lt=Now() - ABANDONED_AFTER)
    for row in abandoned:
        if len(row.worker_ids) > len(WAITS):
            row.set_failed(AbandonedError())
            logger.error("%s was given up: %d workers died of it", named(row), len(row.worker_ids))
        # Unless another worker was faster.
        elif abandoned.filter(pk=row.pk).update(status=TaskResultStatus.READY):
            logger.warning("%s is taken up again: its worker is gone", named(row))


def try_again(*, task_result: TaskResult[Any], **signal: Any) -> None:
    """Queue a task that failed again, in a minute and then ever later, for a day."""
    if task_result.status != TaskResultStatus.FAILED:
        log_task_finished(task_result=task_result, **signal)
        return
    row = DBTaskResult.objects.get(pk=task_result.id)
    problem = sys.exception()
    if isinstance(problem, HOPELESS):
        logger.warning("%s was given up: %r", named(row), problem)
    elif len(row.worker_ids) > len(WAITS):
        attempts = len(row.worker_ids)
        logger.error("%s was given up after %d attempts", named(row), attempts, exc_info=True)
    else:
        wait = WAITS[len(row.worker_ids) - 1]
        row.status, row.run_after = TaskResultStatus.READY, timezone.now() + wait
        row.save(update_fields=["status", "run_after"])
        logger.warning("%s is tried again in %s: %r", named(row), wait, problem)


def named(row: DBTaskResult[Any, Any]) -> str:
    return f"The task {row.task_path} ({row.pk})"
