"""`make audit`: known holes in the pinned dependencies, and a failure where nothing was checked.

pip-audit calls a package that it can't find a success: behind a mirror, or without a network, it
would find all well without having looked at anything.
"""

import json
import subprocess
import sys
from typing import Any


def audit(requirements: str) -> str:
    """Return what stands against these requirements, "" for nothing."""
    asked = subprocess.run(
        [
            sys.executable,
            *("-m", "pip_audit", "--require-hashes", "--disable-pip", "--progress-spinner", "off"),
            *("--format", "json", "-r", requirements),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        return verdict(json.loads(asked.stdout)["dependencies"])
    except (ValueError, KeyError):
        return f"pip-audit gave no answer:\n{asked.stderr.strip()}"


def verdict(dependencies: list[dict[str, Any]]) -> str:
    """Return what stands against what pip-audit says of each package, "" for nothing."""
    skipped = [package["name"] for package in dependencies if "skip_reason" in package]
    holes = [
        f"{package['name']} {package['version']}: {hole['id']}, mended in "
        f"{', '.join(hole.get('fix_versions', [])) or 'no version yet'}"
        for package in dependencies
        for hole in package.get("vulns", [])
    ]
    if holes:
        return "\n".join(["Known holes:", *holes])
    if skipped or not dependencies:
        return (
            f"Nothing is known of {len(skipped)} of {len(dependencies)} packages: PyPI itself must "
            f"be reachable. Not checked: {', '.join(skipped) or 'all'}."
        )
    return ""


if __name__ == "__main__":
    sys.exit(audit(sys.argv[1]) or 0)
