"""`manage.py db_worker`: django-tasks-db's own, of all queues, and none of its tasks gets lost."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django_tasks_db.management.commands import db_worker

from krate_site.tasks.worker import Worker

PASSED_ON = ("interval", "batch", "backend_name", "startup_delay", "max_tasks", "worker_id")


class Command(db_worker.Command):
    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(queue_name="*", reload=False)

    def handle(
        self, *, verbosity: int, queue_name: str, exclude_queues: str, reload: bool, **options: Any
    ) -> None:
        if reload:
            raise CommandError("It doesn't reload itself: start it again after a change.")
        self.configure_logging(verbosity)
        worker = Worker(
            queue_names=queue_name.split(","),
            excluded_queue_names=exclude_queues.split(",") if exclude_queues else [],
            **{name: options[name] for name in PASSED_ON},
        )
        worker.configure_signals()
        worker.run()
