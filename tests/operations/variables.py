"""Which environment variables are read, and which are written about."""

import re

from tests.operations.documented import PAGE, ROOT

READS = re.compile(r"""(?:\benv(?:\.\w+)?|environ\.get|\bnumber)\(\s*"([A-Z][A-Z_]+)\"""")
READERS = (
    "krate_site/settings/base.py",
    "krate_site/settings/dev.py",
    "krate_site/settings/production.py",
    "demo/__main__.py",
    "gunicorn.conf.py",
)
NAME = re.compile(r"`([A-Z][A-Z_]+)`")


def read_variables() -> set[str]:
    """Return every variable that settings, gunicorn's configuration and the demo read."""
    return {name for path in READERS for name in READS.findall((ROOT / path).read_text())}


def documented_variables() -> set[str]:
    """Return every variable that a table of the README or of docs/operations.md explains."""
    readme = (ROOT / "README.md").read_text()
    rows = [line for line in (readme + PAGE).splitlines() if line.startswith("| `")]
    return {name for row in rows for name in NAME.findall(row.split("|")[1])}
