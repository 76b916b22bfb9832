"""How many of the product's files and functions one way through it goes; `make house` prints them.

They differ a little by database and by what the process has done before, and never by the machine's
speed; the limits stand at the highest.
"""

import sys
from itertools import pairwise
from pathlib import Path

from tests.house import FLOORS, say

ROOT = f"{Path(__file__).resolve().parent.parent}/"
OURS = tuple(f"{app}/" for app in FLOORS)


class Way:
    """Notes every function of the product that is entered while it is open, in its order."""

    def __init__(self, name):
        self.name, self.calls = name, []

    def __enter__(self):
        def note(frame, event, _argument):
            if event != "call":
                return
            code = frame.f_code
            file = code.co_filename.removeprefix(ROOT)
            if file.startswith(OURS) and not code.co_qualname.endswith(
                ("comp>", "expr>", "<lambda>")
            ):
                self.calls.append((file, code.co_qualname))

        sys.setprofile(note)
        return self

    def __exit__(self, *error):
        sys.setprofile(None)
        say(
            f"\n{self.name:28} files {self.files:3}   functions {self.functions:4}"
            f"   changes of file {self.changes:4}"
        )

    @property
    def files(self):
        return len({file for file, _name in self.calls})

    @property
    def functions(self):
        return len(set(self.calls))

    @property
    def changes(self):
        """How often a call goes into another file than the call before it."""
        files = [file for file, _name in self.calls]
        return sum(one != other for one, other in pairwise(files))
