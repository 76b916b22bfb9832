"""`make demo` on a fresh machine: what it wants of Python, and what becomes of a `.venv` that is no good."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
INSTALL = "apt install make python3-venv"
# What Debian's own Python does without the package python3-venv: half a .venv, words, and 1.
NO_VENV = """
[ "$1 $2" = "-m venv" ] && {
    "$REAL" -m venv --without-pip "$3"
    echo "The virtual environment was not created because ensurepip is not available."
    exit 1
}
"""
NO_ENSUREPIP = 'case "$2" in *ensurepip*) exit 1;; esac'
OF_ANOTHER_VERSION = """
[ "$1" = -V ] && { echo "Python 3.VERSION.4"; exit; }
[ "$1" = -c ] && exec "$REAL" -c "import sys; sys.version_info = (3, VERSION, 4); $2"
"""

# Each makes a .venv or two.
pytestmark = pytest.mark.long


@pytest.fixture
def folder(tmp_path):
    """The Makefile, requirements of nothing, and a demo that says that it was started."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "requirements.txt").write_text("# nothing\n")
    (tmp_path / "demo.py").write_text("print('Demo started.')\n")
    return tmp_path


@pytest.fixture
def make(folder):
    """Return a function that calls make in that folder, with python3 as told; what it says, and its code."""

    def make(*arguments, python3=""):
        script = folder / "bin" / "python3"
        script.parent.mkdir(exist_ok=True)
        real = Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}"
        script.write_text(f'#!/bin/sh\nREAL="{real}"\n{python3}\nexec "$REAL" "$@"\n')
        script.chmod(0o755)
        result = subprocess.run(
            ["make", *arguments],
            cwd=folder,
            env={
                "PATH": f"{script.parent}:{os.environ['PATH']}",
                "HOME": str(folder),
                "PIP_NO_INDEX": "1",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        return result.stdout + result.stderr, result.returncode

    return make


def started(told, *, anew):
    text, code = told
    assert code == 0, text
    assert "Demo started." in text
    assert ("Making .venv" in text) == anew, text
    return True


def refused(told, *words):
    text, code = told
    assert code != 0
    assert [each for each in words if each not in text] == [], text
    assert "Demo started." not in text
    return True


def test_the_first_call_makes_venv_and_the_next_uses_it(make):
    assert started(make("demo"), anew=True)
    assert started(make("demo"), anew=False)
    assert "Installing" not in make("demo")[0]


@pytest.mark.parametrize("python3", [NO_VENV, NO_ENSUREPIP + NO_VENV])
def test_without_venv_it_says_what_to_install_and_works_once_that_is_there(make, folder, python3):
    assert refused(make("demo", python3=python3), "python3 can't make .venv", INSTALL)
    assert not (folder / ".venv").exists()
    assert started(make("demo"), anew=True)


def test_a_venv_that_was_left_half_made_is_made_anew(make, folder):
    """By an earlier try without python3-venv, or stopped while pip was put into it."""
    half = folder / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", half], check=True)
    assert started(make("demo"), anew=True)
    (half / "bin/pip").unlink()
    assert started(make("demo"), anew=True)


def test_a_venv_whose_python_went_away_is_made_anew(make, folder):
    assert started(make("demo"), anew=True)
    python = folder / ".venv/bin/python"
    python.unlink()
    python.symlink_to(folder / "gone/python3")
    assert started(make("demo"), anew=True)


def test_a_venv_whose_python_became_another_is_made_anew(make, folder):
    """As when the system goes from one version to the next: its packages lie where none looks."""
    assert started(make("demo"), anew=True)
    [packages] = (folder / ".venv/lib").iterdir()
    packages.rename(packages.with_name("python3.9"))
    assert started(make("demo"), anew=True)


def test_the_caller_may_name_another_python(make):
    newer = OF_ANOTHER_VERSION.replace("VERSION", "99")
    assert started(make("demo"), anew=True)
    assert started(make("demo", python3=newer), anew=False)
    assert started(make("demo", "PYTHON=python3", python3=newer), anew=True)


def test_a_python_that_is_too_old_is_refused_and_costs_nobody_the_venv(make):
    older = OF_ANOTHER_VERSION.replace("VERSION", "10")
    words = ("python3 is Python 3.10.4", "needs Python 3.11 or later", "make PYTHON=")
    assert refused(make("demo", python3=older), *words)
    assert started(make("demo"), anew=True)
    assert refused(make("demo", "PYTHON=python3", python3=older), *words)
    assert started(make("demo"), anew=False)


def test_a_python_that_isnt_there_is_said_in_words(make):
    told = make("demo", "PYTHON=python3.00")
    assert refused(told, "There is no python3.00 here.", "Python 3.11 or later", INSTALL)


def test_an_installation_that_was_stopped_goes_on_with_the_next_call(make, folder):
    wanted = folder / "requirements.txt"
    wanted.write_text("there-is-no-such-package==1\n")
    assert refused(make("demo"), "Making .venv", "Installing")
    wanted.write_text("# nothing\n")
    assert started(make("demo"), anew=False)
