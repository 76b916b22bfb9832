"""What a comparison found, under clear headings."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from billing.models.ledger import Heading, left_to_repair

TITLES = {
    Heading.PAID_WITHOUT_ACCESS: _("Paid without access"),
    Heading.ACCESS_WITHOUT_PAYMENT: _("Access without payment"),
    Heading.MISSING_ROWS: _("Subscriptions missing here"),
    Heading.DIFFERENT: _("Rows that differ from Stripe"),
    Heading.NOT_AT_STRIPE: _("Subscriptions that Stripe doesn't know"),
    Heading.NOT_COMPARED: _("Couldn't be compared, the log says why"),
    Heading.DUPLICATES: _("Members with more than one Pro subscription"),
    Heading.WITHOUT_MEMBER: _("Pro subscriptions of nobody here"),
}
INFORMATION = (Heading.WITHOUT_MEMBER,)


@dataclass(kw_only=True)
class Report:
    """The ids found under each heading, and those of them that were repaired."""

    host: str
    compared: int = 0
    recovered_events: int = 0
    findings: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    repaired: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    error: str = ""

    def find(self, heading: Heading, stripe_id: str, *, repaired: bool = False) -> None:
        if stripe_id not in self.findings[heading]:
            self.findings[heading].append(stripe_id)
        if repaired and stripe_id not in self.repaired[heading]:
            self.repaired[heading].append(stripe_id)

    def left(self, heading: Heading) -> list[str]:
        """Return what is still to be repaired under a heading."""
        return left_to_repair(self.findings, self.repaired, heading)

    @property
    def drift(self) -> int:
        """How much drift is left; information doesn't count."""
        return sum(len(self.left(heading)) for heading in Heading if heading not in INFORMATION)

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain values, the headline first."""
        return {
            "host": self.host,
            "paid_without_access": len(self.left(Heading.PAID_WITHOUT_ACCESS)),
            "drift": self.drift,
            "compared": self.compared,
            "recovered_events": self.recovered_events,
            "findings": {heading: self.findings.get(heading, []) for heading in Heading},
            "repaired": {heading: self.repaired.get(heading, []) for heading in Heading},
            "error": self.error,
        }

    def as_text(self) -> str:
        """Return the report as an operator reads it."""
        lines = [f"{self.host}: {self.compared} subscriptions compared."]
        if self.error:
            lines.append(f"  Not finished: {self.error}")
        for heading in Heading:
            found, left = self.findings.get(heading, []), self.left(heading)
            repaired = f", {len(found) - len(left)} repaired" if len(found) > len(left) else ""
            lines.append(f"  {TITLES[heading]}: {len(left)}{repaired}")
            lines += [f"    {stripe_id}" for stripe_id in left]
        if self.recovered_events:
            lines.append(f"  Events recovered: {self.recovered_events}")
        return "\n".join(lines)
