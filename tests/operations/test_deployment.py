"""The compose file, the image and systemd's units: well-formed, and naming only what exists."""

import configparser
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands

from tests.operations.documented import PAGE, ROOT
from tests.operations.variables import documented_variables

UNITS = sorted((ROOT / "deploy/systemd").iterdir())
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
QUEUES = settings.TASKS["default"]["QUEUES"]
# Of the compose file itself and of the PostgreSQL image, not of the site.
OF_THE_DATABASE = {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD"}


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "compose.yaml").read_text())


def read_unit(path):
    unit = configparser.ConfigParser(interpolation=None, strict=False)
    unit.optionxform = str
    unit.read(path)
    return unit


def management_commands(text):
    """Return the commands that a text has `manage.py` run."""
    return set(re.findall(r"manage\.py[\"',\s]+([a-z_]+)", text))


def test_compose_names_only_variables_that_exist(compose):
    set_here = {
        name for service in compose["services"].values() for name in service.get("environment", {})
    }
    asked_for = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "compose.yaml").read_text()))
    assert set_here | asked_for <= documented_variables() | OF_THE_DATABASE


def test_compose_brings_up_what_more_than_one_box_needs(compose):
    services = compose["services"]
    workers = [f"worker-{queue}" for queue in QUEUES]
    assert {"web", *workers, "timer", "migrate", "database", "cache"} == set(services)
    for name in ("web", *workers, "timer"):
        environment = services[name]["environment"]
        assert environment["DATABASE_URL"].endswith("@database/krate")
        assert environment["CACHE_URL"].startswith("redis://cache")
        assert environment["TASKS_BY_WORKER"] == "true"
        # Nobody serves or works on tables that aren't there yet.
        assert services[name]["depends_on"] == {
            "migrate": {"condition": "service_completed_successfully"}
        }
    # Redis and PostgreSQL are nobody else's, and the site is reached through the proxy only.
    assert [name for name, service in services.items() if "ports" in service] == ["web"]
    assert all(port.startswith("127.0.0.1:") for port in services["web"]["ports"])


def test_each_queue_has_a_worker_of_its_own(compose):
    of_compose = [" ".join(service.get("command", "")) for service in compose["services"].values()]
    unit = read_unit(ROOT / "deploy/systemd/krate-worker@.service")["Service"]["ExecStart"]
    for queue in QUEUES:
        assert f"python manage.py db_worker --queue-name {queue}" in of_compose
        assert f"krate-worker@{queue}" in PAGE
    assert unit.endswith("python manage.py db_worker --queue-name %i")


def test_everything_that_is_run_exists(compose):
    timer = (ROOT / "deploy/timer.sh").read_text()
    started = [" ".join(service.get("command", [])) for service in compose["services"].values()]
    units = [unit.read_text() for unit in UNITS]
    instances = set(
        re.findall(r"^Unit=krate-manage@([a-z_]+)\.service$", "\n".join(units), re.MULTILINE)
    )
    named = management_commands("\n".join([timer, *started, *units, PAGE])) | instances
    assert {"migrate", "db_worker", "publish_scheduled", "daily_billing"} <= named
    assert named <= set(get_commands())
    assert instances <= management_commands(timer), "containers are to do what systemd's timers do"


def test_gunicorn_is_given_the_time_that_it_gives_its_workers(compose):
    graceful = int(
        re.search(r'"WEB_GRACEFUL_TIMEOUT", (\d+)', (ROOT / "gunicorn.conf.py").read_text())[1]
    )
    unit = read_unit(ROOT / "deploy/systemd/krate.service")["Service"]
    assert int(unit["TimeoutStopSec"]) > graceful
    assert int(compose["services"]["web"]["stop_grace_period"].removesuffix("s")) > graceful


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_units_run_our_programs_as_nobody_special(path):
    service = read_unit(path)["Service"]
    assert service["User"] == "krate"
    assert service["NoNewPrivileges"] == "true"
    assert service["EnvironmentFile"] == "/etc/krate/environment"
    program = Path(shlex.split(service["ExecStart"])[0])
    assert program.parent == Path(service["WorkingDirectory"]) / ".venv/bin"
    assert program.name in ("python", "gunicorn")


def test_what_is_run_by_hand_runs_as_the_units_run_the_site():
    service = read_unit(ROOT / "deploy/systemd/krate.service")["Service"]
    script = (ROOT / "deploy/as-site.sh").read_text()
    for words in (
        f"--uid={service['User']} --gid={service['Group']}",
        f"--working-directory={service['WorkingDirectory']}",
        f"--property=EnvironmentFile={service['EnvironmentFile']}",
        f"--property=UMask={service['UMask']}",
    ):
        assert words in script


def test_systemd_finds_no_fault_in_the_units(tmp_path):
    """Where systemd is; its own check wants the programs to be there."""
    if not (judge := shutil.which("systemd-analyze")):
        return
    for unit in UNITS:
        (tmp_path / unit.name).write_text(unit.read_text().replace("/srv/krate", str(ROOT)))
    given = [tmp_path / unit.name.replace("@", "@daily_billing") for unit in UNITS]
    judged = subprocess.run([judge, "verify", *given], capture_output=True, text=True, check=False)
    ours = [line for line in judged.stderr.splitlines() if "krate" in line]
    assert (judged.returncode, ours) == (0, [])


def test_the_image_starts_by_the_same_configuration():
    image = (ROOT / "Dockerfile").read_text()
    assert 'CMD ["gunicorn", "krate_site.wsgi"]' in image
    assert "DJANGO_SETTINGS_MODULE=krate_site.settings.production" in image
    assert "/health/ready" in image
    assert re.search(r"^USER krate$", image, re.MULTILINE)


def test_the_file_of_secrets_gets_into_no_image_and_no_commit():
    """Compose reads `.env` beside it; what an image holds is kept and copied for good."""
    for name in (".dockerignore", ".gitignore"):
        assert ".env*" in (ROOT / name).read_text().splitlines(), name
