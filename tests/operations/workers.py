"""Real workers of the task queue, which a test starts, has do what waits, or kills."""

import os
import signal
import subprocess
import sys

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
            stderr=self.log_of(len(self.processes)).open("w"),
        )
        self.processes.append(process)
        return process

    def log_of(self, number):
        return self.installation.folder / f"worker-{number}.log"

    def said(self, process):
        """Return what a process wrote on standard error."""
        return self.log_of(self.processes.index(process)).read_text()

    def work(self, workers=1, **environment):
        """Have workers do what waits, and return to whom mails were sent so far."""
        for worker in [self.start("--batch", **environment) for _ in range(workers)]:
            assert worker.wait(timeout=60) == 0, self.said(worker)
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
            process.wait()


def wait_for_task(name, status, seconds=60):
    """Return a task's row once it is in a status."""
    rows = DBTaskResult.objects.filter(task_path__endswith=f".{name}", status=status)
    wait_for(rows.exists, seconds=seconds)
    return rows.first()
