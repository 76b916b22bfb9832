"""`manage.py daily_billing`: the day's tasks, for cron or a timer."""

import time
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django_tasks import TaskResult, TaskResultStatus

from billing.reconcile.daily import start_daily_tasks

SECONDS_BETWEEN_LOOKS = 2
# A worker at work on a task gives a sign of it every few seconds.
SECONDS_WITHOUT_A_SIGN = 600


class Command(BaseCommand):
    help = (
        "Reconciles every tenant with Stripe, sends mails that were left, and empties old events. "
        "Waits until the workers have done so, where there are workers. Exits 1 where it failed."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        results = start_daily_tasks()
        wait_for_workers(results)
        problems = [problem for result in results if (problem := problem_of(result))]
        if problems:
            raise CommandError("\n".join(problems))


def wait_for_workers(results: Sequence[TaskResult[Any]]) -> None:
    """Return once all are finished; raises CommandError where no worker is at work."""
    seen: list[Any] = []
    last_sign = time.monotonic()
    while unfinished := [result for result in results if not result.is_finished]:
        if seen != (seen := [(result.status, result.started_at) for result in unfinished]):
            last_sign = time.monotonic()
        if time.monotonic() - last_sign > SECONDS_WITHOUT_A_SIGN:
            raise CommandError(
                f"{len(unfinished)} of {len(results)} tasks aren't done, and no worker has been at "
                "work on them for ten minutes: is `manage.py db_worker` running? They stay queued."
            )
        time.sleep(SECONDS_BETWEEN_LOOKS)
        for result in unfinished:
            result.refresh()


def problem_of(result: TaskResult[Any]) -> str:
    """Return what kept a task from doing its work, "" where nothing did."""
    if result.status == TaskResultStatus.FAILED:
        return f"{result.task.name} failed: {result.errors[-1].traceback.strip().splitlines()[-1]}"
    return result.return_value or ""
