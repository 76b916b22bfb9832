"""Real workers of the task queue, which a test starts, has do what waits, or kills."""

import os
import signal
import subprocess
import sys
from datetime import timedelta

from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from tests.clients import TenantClient
from tests.operations.documented import ROOT
from tests.operations.serving import wait_for


def ask_for_a_code(site, address):
    client = TenantClient()
    client.speak_to(site)
    answer = client.post("/accounts/login/code/", {"email": address})
    assert answer.status_code == 302


class Workers:
    """Workers of one installation; their mails are files in its folder."""

    def __init__(self, installation):
        self.installation = installation
        self.mails = installation.folder / "mail"
        self.processes = []

    def start(self, *arguments, **environment):
        """Start `manage.py db_worker`, and return its process."""
        return self.manage("db_worker", "--no-startup-delay", *arguments, **environment)

    def manage(self, *arguments, **environment):
        process = subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env={
                **self.installation.environment,
                "TASKS_BY_WORKER": "true",
                "EMAIL_URL": f"filemail:///{self.mails}",
                **environment,
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.processes.append(process)
        return process

    def work(self, workers=1, **environment):
        """Have workers do what waits, and return to whom mails were sent so far."""
        for worker in [self.start("--batch", **environment) for _ in range(workers)]:
            _, said = worker.communicate(timeout=60)
            assert worker.returncode == 0, said
        return self.sent()

    def sent(self):
        """Each file is a connection to the mail server; each mail in it begins with its subject."""
        written = [file.read_text() for file in self.mails.glob("*")]
        return [line for text in written for line in text.splitlines() if "To: " in line[:4]]

    def kill(self, process):
        """As the kernel does where memory runs out."""
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self):
        for process in self.processes:
            process.kill()
            process.communicate()


def wait_for_task(name, status):
    """Return a task's row once it is in a status."""
    rows = DBTaskResult.objects.filter(task_path__endswith=f".{name}", status=status)
    wait_for(rows.exists, seconds=60)
    return rows.first()


def let_a_minute_pass():
    """Since when no sign was given of any task."""
    long_ago = timezone.now() - timedelta(seconds=61)
    DBTaskResult.objects.running().update(started_at=long_ago)
