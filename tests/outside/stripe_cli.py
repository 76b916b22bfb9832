"""Stripe's own command line, pointed at the sandbox. `make judges` fetches it from npm."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

BINARY = Path(__file__).parent / "node_modules" / "@stripe" / "cli-linux-x64" / "bin" / "stripe"

# Of rule B10's events those that the command line can't trigger (1.52.0, `stripe trigger --help`).
NOT_KNOWN_TO_IT = {"customer.subscription.resumed", "payment_method.automatically_updated"}


@dataclass
class StripeCli:
    url: str
    key: str
    home: Path

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [BINARY, *arguments, "--api-base", self.url, "--api-key", self.key, "--color", "off"],
            env={"HOME": str(self.home), "PATH": os.environ["PATH"],
                 "STRIPE_CLI_TELEMETRY_OPTOUT": "1"},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    def trigger(self, event: str, *options: str) -> None:
        """Have the command line bring an event about; raises AssertionError where it fails."""
        result = self.run("trigger", event, *options)
        assert "Trigger succeeded" in result.stdout, result.stdout + result.stderr
