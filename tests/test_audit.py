"""`make audit` succeeds only where every package was looked at and none has a known hole."""

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
