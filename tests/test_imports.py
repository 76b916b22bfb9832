"""Who may import whom: the contracts in pyproject.toml hold."""

import subprocess
import sys


def test_apps_import_each_other_only_as_the_design_allows():
    result = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert result.returncode == 0, result.stdout
