"""`make demo`: seeds two tenants, then serves them, with a sandbox in Stripe's place, until Ctrl-C.

Safe to run again: what is there stays, so a second start takes seconds.
"""

import argparse
import os
import signal
import sys

import django

from demo.processes import Processes, is_taken


def main() -> int:
    """Run the demo; return 1, with a sentence, where it can't start, and 0 after Ctrl-C."""
    options = parse_options()
    for port, name in ((options.port, "PORT"), (options.sandbox_port, "SANDBOX_PORT")):
        if is_taken(port):
            print(
                f"Port {port} is taken by another program, perhaps by an earlier demo. "
                f"Stop that, or choose another port: make demo {name}={port + 10}"
            )
            return 1
    sandbox_url = f"http://127.0.0.1:{options.sandbox_port}"
    os.environ["DJANGO_SETTINGS_MODULE"] = "krate_site.settings.dev"
    os.environ["STRIPE_API_BASE"] = sandbox_url
    os.environ["WAGTAILADMIN_BASE_URL"] = f"http://localhost:{options.port}"
    # Ctrl-C and a process manager's signal both mean: stop everything, and well. A shell that
    # starts us in the background would have us ignore the first.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    with Processes() as processes:
        try:
            django.setup()
            from demo.start import start  # noqa: PLC0415 - needs Django

            return start(processes, port=options.port, sandbox_url=sandbox_url)
        except KeyboardInterrupt:
            print("\nStopping.")
    return 0


def parse_options() -> argparse.Namespace:
    """Return the two ports, from the command line or the environment."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--port", type=int, default=os.environ.get("PORT", "8000"))
    parser.add_argument("--sandbox-port", type=int, default=os.environ.get("SANDBOX_PORT", "12111"))
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
