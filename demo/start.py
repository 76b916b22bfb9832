"""From an empty folder to two tenants that sell: migrate, seed, serve, let ten weeks pass."""

import sys
import time
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from wagtail.models import Site

from demo import PASSWORD, people
from demo.processes import DidNotStartError, Processes
from demo.publications import HOSTS, seed_publication
from demo.shop import RecordsGoneError, open_shop
from demo.subscribers import HISTORY_DAYS, Sandbox, play_history

# Stands while the first start isn't finished; after a start cut short, all begins afresh.
UNFINISHED = settings.VAR_DIR / "demo-unfinished"
SANDBOX_STATE = settings.VAR_DIR / "sandbox.json"
MAIL = settings.VAR_DIR / "mail"


def start(processes: Processes, *, port: int, sandbox_url: str) -> int:
    """Bring everything up and serve until a server ends; return the exit code."""
    began = time.monotonic()
    if UNFINISHED.exists():
        say("The last start was cut short: beginning afresh.")
        forget()
    UNFINISHED.touch()
    say("Preparing the database …")
    call_command("migrate", verbosity=0)
    say("Filling in articles and people …")
    sites = {tenant: seed_publication(tenant, port=port) for tenant in HOSTS}
    people.seed_people(sites)
    try:
        is_new = not SANDBOX_STATE.exists()
        start_sandbox(processes, sites, sandbox_url)
        start_site(processes, port)
        sandbox = Sandbox(sandbox_url)
        for tenant, site in sites.items():
            open_shop(tenant, site, keys=sandbox.keys(tenant))
        if is_new:
            say(f"Letting the last {HISTORY_DAYS} days happen at the sandbox …")
            play_history(sandbox, sites)
    except DidNotStartError as error:
        say(str(error))
        return 1
    except RecordsGoneError:
        say(
            f"The sandbox has forgotten what the database relies on: {SANDBOX_STATE} is gone or "
            "another's. `make reset` throws the demo away; then start it again."
        )
        UNFINISHED.unlink()
        return 1
    UNFINISHED.unlink()
    connections.close_all()
    welcome(sites, sandbox_url, seconds=time.monotonic() - began)
    ended = processes.wait()
    say(f"{ended} has ended, so everything stops.")
    return 1


def start_sandbox(processes: Processes, sites: dict[str, Site], url: str) -> None:
    """Start the stand-in for Stripe, with an account for each tenant."""
    accounts = [f"--account={tenant}={site.site_name}" for tenant, site in sites.items()]
    command = [sys.executable, "-m", "tests.stripe_sandbox", "--port", url.rsplit(":", 1)[1]]
    command += ["--state", str(SANDBOX_STATE), "--mail-dir", str(MAIL)]
    command += ["--days-behind", str(HISTORY_DAYS), *accounts]
    processes.start("The sandbox", command, url=f"{url}/")


def start_site(processes: Processes, port: int) -> None:
    """Start gunicorn: one process with threads, as SQLite wants it."""
    processes.start(
        "The site",
        [sys.executable, "-m", "gunicorn", "--log-level", "warning", "krate_site.wsgi"],
        url=f"http://127.0.0.1:{port}/health/live",
        BIND=f"127.0.0.1:{port}",
        WEB_CONCURRENCY="1",
    )


def forget() -> None:
    """Throw away a half-made demo: the sandbox's records and SQLite's file."""
    SANDBOX_STATE.unlink(missing_ok=True)
    if connection.vendor == "sqlite":
        for suffix in ("", "-wal", "-shm"):
            Path(f"{connection.settings_dict['NAME']}{suffix}").unlink(missing_ok=True)


def welcome(sites: dict[str, Site], sandbox_url: str, *, seconds: float) -> None:
    """Print where everything is and who can sign in."""
    say(f"\nReady after {seconds:.0f} seconds.\n")
    for site in sites.values():
        say(f"  {site.site_name:<24}{site.root_url}/")
    say(f"  {'Admin':<24}{sites['courier'].root_url}/admin/ (each tenant has its own)")
    say(f"  {'Stripe sandbox':<24}{sandbox_url}/")
    say(f"  {'Mail that was sent':<24}{sandbox_url}/mail\n")
    say(f"Everybody's password is {PASSWORD}\n")
    for tenant, site in sites.items():
        say(f"At {site.site_name}:")
        for person in (*people.STAFF, *people.READERS):
            say(f"  {people.address(person, tenant):<28}{person.shows}")
    say("Everywhere:")
    say(f"  {people.PLATFORM_ADMIN:<28}platform administrator: enables billing for tenants\n")
    say("Cards at the checkout: 4242 4242 4242 4242 pays, 4000 0000 0000 0002 is declined,")
    say("4000 0025 0000 3155 asks for confirmation; any future date, any CVC.\n")
    say("Ctrl-C stops everything.")


def say(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)
