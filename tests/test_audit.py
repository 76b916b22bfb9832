"""`make audit` succeeds only where every package was looked at and none has a known hole."""

import subprocess
import sys

import pytest

from tests.audit import verdict

SOUND = {"name": "sound", "version": "1.0", "vulns": []}
SKIPPED = {"name": "unknown", "skip_reason": "Dependency not found on PyPI"}
HOLED = {"name": "holed", "version": "1.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"]}]}


def test_sound_packages_pass():
    assert verdict([SOUND, SOUND]) == ""


@pytest.mark.parametrize("dependencies", [[], [SKIPPED], [SKIPPED, SKIPPED], [SOUND, SKIPPED]])
def test_what_could_not_be_checked_is_no_success(dependencies):
    assert "Not checked" in verdict(dependencies)


def test_a_known_hole_is_named_with_its_mending():
    assert "holed 1.0: PYSEC-1, mended in 1.1" in verdict([SOUND, HOLED, SKIPPED])


BANDITS = {
    "import subprocess\n\nsubprocess.run(input(), shell=True)\n": "S602",
    "import hashlib\n\nhashlib.md5(b'')\n": "S324",
    "import pickle\n\npickle.loads(b'')\n": "S301",
    "eval(input())\n": "S307",
    "SECRET_KEY = 'in the source'\n": "S105",
    "import requests\n\nrequests.get('https://example.com', verify=False)\n": "S501",
    "from django.utils.safestring import mark_safe\n\nmark_safe(input())\n": "S308",
}


@pytest.mark.parametrize("folder", ["billing", "membership", "home", "krate_site", "demo", "bench"])
@pytest.mark.parametrize(("source", "rule"), BANDITS.items())
def test_bandits_rules_judge_the_product(folder, source, rule):
    """`make lint` runs them as Ruff's S rules: bandit itself finds nothing else."""
    judged = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--stdin-filename", f"{folder}/planted.py", "-"],
        input=source,
        capture_output=True,
        text=True,
        check=False,
    )
    assert judged.returncode == 1
    assert rule in judged.stdout
