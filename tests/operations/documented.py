"""The commands that docs/operations.md gives, to be run as they stand there."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs/operations.md").read_text(encoding="utf-8")


def commands(name: str) -> str:
    """Return the block of commands that has this name."""
    blocks = re.findall(rf"^```sh {name}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 1, name
    return blocks[0]


def follow(name: str, environment: dict[str, str]) -> str:
    """Run a block of the page, stopping at the first command that fails; return what it printed."""
    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands(name)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout
