"""`python -m tests.stripe_sandbox`: the sandbox as a process of its own."""

import argparse
import signal
import sys

from django.conf import settings

from .server import Sandbox

ENDS = {signal.SIGINT, signal.SIGTERM}
EPILOG = """\
Point the Stripe client at the printed address (STRIPE_API_BASE), open it in a browser to see
customers, subscriptions, events and the clock, and read docs/sandbox.md for a rehearsal.
Test cards: 4242 4242 4242 4242 pays; 4000 0000 0000 0002 is declined; 4000 0025 0000 3155 asks
for confirmation; 4000 0000 0000 0341 can be saved, and fails when it is charged later.
"""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.stripe_sandbox",
        description="A stand-in for Stripe: API, hosted checkout and portal, webhooks, clock. "
        "It listens on this machine only, and no money moves.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address (127.0.0.1)")
    parser.add_argument("--port", type=int, default=12111, help="0 picks a free one (12111)")
    parser.add_argument("--mail-dir", help="show the mail that Django writes to this folder")
    parser.add_argument("--state", metavar="FILE", help="keep everything in this file")
    parser.add_argument(
        "--account", action="append", default=[], metavar="NAME[=TITLE]",
        help="have this account (again and again for more); its keys follow from its name",
    )  # fmt: skip
    parser.add_argument(
        "--days-behind", type=float, default=0, metavar="DAYS",
        help="begin that long ago, where nothing has happened yet, to play a history up to today",
    )  # fmt: skip
    parser.add_argument("--verbose", action="store_true", help="show each request")
    return parser.parse_args()


def main() -> None:
    wanted = arguments()
    # Django's server and responses are used, not the site's settings.
    settings.configure()
    try:
        sandbox = Sandbox(
            wanted.port, wanted.host, mail_dir=wanted.mail_dir, state_file=wanted.state,
            verbose=wanted.verbose, days_behind=wanted.days_behind,
        )  # fmt: skip
    except ValueError as problem:
        sys.exit(str(problem))
    for entry in wanted.account:
        name, _, title = entry.partition("=")
        sandbox.create_account(name, **({"display_name": title} if title else {}))
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)
    sandbox.start()
    print(f"Stripe sandbox (not Stripe, no money moves): {sandbox.url}", flush=True)
    for account in sandbox.accounts.values():
        print(f"  {account.name}: {account.secret_key}", flush=True)
    signal.sigwait(ENDS)
    sandbox.stop()


if __name__ == "__main__":
    main()
