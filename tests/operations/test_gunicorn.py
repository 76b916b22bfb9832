"""Restarts and replaced workers, with a real gunicorn: whoever began is answered, nobody is refused."""

import os
import signal
import socket
import threading
import time
from pathlib import Path

import pytest
import requests

from tests.operations.serving import HeldSocket, wait_for

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]

BODY = b'{"id": "evt_1"}'


@pytest.fixture
def environment(tmp_path):
    """What a site needs that is asked for its health only."""
    return {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        "SECRET_KEY": "only-here",
        "KRATE_ENCRYPTION_KEYS": "dGVzdC1vbmx5LW5vdC1hLXNlY3JldC10ZXN0LW9ubHk=",
        "VAR_DIR": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path}/krate.sqlite3",
    }


@pytest.fixture
def held(environment):
    held = HeldSocket(environment)
    yield held
    held.close()


def ask(port, session=requests, path="/health/live"):
    return session.get(f"http://127.0.0.1:{port}{path}", timeout=60)


def workers_of(process):
    return Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()


def test_a_webhook_that_has_begun_is_finished_before_the_process_stops(installation, site):
    held = HeldSocket(installation.environment)
    try:
        process = held.serve()
        assert ask(held.port, path="/health/ready").status_code == 200
        with held.connect() as stripe:
            stripe.sendall(
                b"POST /api/stripe/webhook HTTP/1.1\r\nHost: courier.localhost\r\n"
                b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(BODY)
            )
            stripe.sendall(BODY[:5])
            time.sleep(1)
            process.send_signal(signal.SIGTERM)
            time.sleep(1)
            assert process.poll() is None
            stripe.sendall(BODY[5:])
            assert stripe.makefile("rb").readline().startswith(b"HTTP/1.1 400 ")
        assert process.wait(30) == 0
    finally:
        held.close()


def test_a_restart_refuses_nobody(held):
    """New requests wait in the socket from the old process's end to the new one's start."""
    old = held.serve()
    assert ask(held.port).status_code == 200
    answers, done = [], threading.Event()

    def read_on():
        while not done.is_set():
            answers.append(ask(held.port).status_code)

    readers = [threading.Thread(target=read_on) for _ in range(4)]
    for reader in readers:
        reader.start()
    wait_for(lambda: len(answers) > 50)
    old.send_signal(signal.SIGTERM)
    assert old.wait(30) == 0
    before = len(answers)
    held.serve()
    wait_for(lambda: len(answers) > before + 50)
    done.set()
    for reader in readers:
        reader.join()
    assert set(answers) == {200}


def test_workers_are_replaced_without_anyone_noticing(held):
    process = held.serve(WEB_MAX_REQUESTS="40", WEB_CONCURRENCY="2", WEB_THREADS="2")
    assert ask(held.port).status_code == 200
    first = set(workers_of(process))
    with requests.Session() as balancer:
        answers = [ask(held.port, balancer).status_code for _ in range(200)]
        answers += [ask(held.port).status_code for _ in range(200)]
    assert set(answers) == {200}
    wait_for(lambda: not first & set(workers_of(process)))


def test_a_prefix_that_a_visitor_sends_through_a_proxy_is_not_the_sites(held):
    """gunicorn would take it from whoever speaks from this machine, and fail where it doesn't fit."""
    held.serve()
    address = f"http://127.0.0.1:{held.port}/health/live"
    assert requests.get(address, headers={"SCRIPT_NAME": "/x"}, timeout=60).status_code == 200


def test_the_reload_of_a_configuration_keeps_the_address(held):
    """What `systemctl reload` sends; a new worker serves, and the old one ends."""
    process = held.serve()
    assert ask(held.port).status_code == 200
    first = set(workers_of(process))
    process.send_signal(signal.SIGHUP)
    wait_for(lambda: workers_of(process) and not first & set(workers_of(process)))
    assert ask(held.port).status_code == 200
    with socket.create_connection(("127.0.0.1", held.port), timeout=5):
        assert process.poll() is None
