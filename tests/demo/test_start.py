"""`make demo`, from an empty folder: both tenants sell and read, twice, and Ctrl-C stops it all."""

import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from demo import PASSWORD
from demo.visitor import Visitor

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]


@pytest.fixture
def demo(tmp_path):
    """Return a function that starts the demo in an empty folder and waits until it is ready."""
    running = []

    def start():
        port, sandbox_port = free_port(), free_port()
        log = open(tmp_path / "demo.log", "w+", encoding="utf-8")  # noqa: SIM115 - read while written
        kept = ("PATH", "HOME", "LANG")
        environment = {name: os.environ[name] for name in kept if name in os.environ}
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "demo"),
                *("--port", str(port), "--sandbox-port", str(sandbox_port)),
            ],
            env={**environment, "VAR_DIR": str(tmp_path / "var")},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        running.append(process)
        while "Ctrl-C stops everything." not in (told := read(log)):
            assert process.poll() is None, told
            time.sleep(0.5)
        return process, port, sandbox_port

    yield start
    for process in running:
        process.kill()


def free_port():
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def read(log):
    log.seek(0)
    return log.read()


def is_open(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def standing(root_url, tenant, name):
    """Return the account page of a demo reader."""
    visitor = Visitor(root_url)
    visitor.sign_in(f"{name}@{tenant}.example", PASSWORD)
    return visitor.open("/account/")


def test_demo_sells_at_both_tenants_and_starts_again_in_seconds(demo):
    process, port, sandbox_port = demo()
    courier = f"http://localhost:{port}"
    gazette = f"http://gazette.localhost:{port}"
    assert "The Harbour Courier" in Visitor(courier).open("/")
    assert "The Greenhouse Gazette" in Visitor(gazette).open("/")
    for root_url, tenant in ((courier, "courier"), (gazette, "gazette")):
        assert "renews by itself" in standing(root_url, tenant, "monthly")
        assert "Pro, annual" in standing(root_url, tenant, "annual")
        assert "ends then and doesn&#x27;t renew" in standing(root_url, tenant, "ending")
        assert "Pay now" in standing(root_url, tenant, "pastdue")
        assert "Renew Pro" in standing(root_url, tenant, "ended")
        assert "You are a Pro member" not in standing(root_url, tenant, "free")

    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    assert not is_open(port)
    assert not is_open(sandbox_port)

    began = time.monotonic()
    process, port, _sandbox_port = demo()
    assert time.monotonic() - began < 60  # 20 s where nothing else runs
    assert "renews by itself" in standing(f"http://localhost:{port}", "courier", "monthly")
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0


def test_a_taken_port_is_named():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = subprocess.run(
            [sys.executable, "-m", "demo", "--port", str(port)],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert result.returncode == 1
    assert f"Port {port} is taken" in result.stdout
