"""`manage.py db_worker`: django-tasks-db's own, of all queues, and none of its tasks gets lost."""

from argparse import ArgumentParser
from typing import Any

from django_tasks_db.management.commands import db_worker

from krate_site.tasks.queues import at_work


class Command(db_worker.Command):
    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(queue_name="*")

    def handle(self, *, worker_id: str, **options: Any) -> None:
        with at_work(worker_id):
            super().handle(worker_id=worker_id, **options)
