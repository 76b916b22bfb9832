"""`manage.py prune_db_task_results`: django-tasks-db's own, of all queues."""

from argparse import ArgumentParser

from django_tasks_db.management.commands import prune_db_task_results


class Command(prune_db_task_results.Command):
    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(queue_name="*")
