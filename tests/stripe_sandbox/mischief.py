"""Trouble on demand: webhooks that misbehave, and an API that does."""

import re
import threading
from dataclasses import asdict, dataclass, fields
from typing import Any

ANSWERS = (None, 429, 500, "500_after", "hang_up", "hang_up_after")


@dataclass
class Settings:
    """What goes wrong. Webhook trouble lasts until it is taken back; API trouble counts down."""

    delay: float = 0.0  # seconds that each webhook waits
    copies: int = 1  # how often each webhook is sent
    shuffle: bool = False  # gather webhooks for a moment, then send them in random order
    parallel: int = 1  # how many webhooks an endpoint gets at the same time
    drop: bool = False  # never send (they can still be sent by hand)
    only: tuple[str, ...] = ()  # the event types that this is about; empty: all
    latency: float = 0.0  # seconds that each API call waits
    # 429, 500, "500_after" (having done it), "hang_up" or "hang_up_after" (having done it)
    answer: int | str | None = None
    times: int = 0  # how many API calls get that answer; 0: all, until it is taken back
    after: int = 0  # how many API calls fare well before
    path: str = (
        ""  # a regular expression for the API calls that this is about: "POST /v1/customers"
    )


class Mischief:
    def __init__(self) -> None:
        self.settings = Settings()
        self.lock = threading.Lock()

    def change(self, **changes: Any) -> dict[str, Any]:
        """Without changes all is calm again."""
        known = {field.name for field in fields(Settings)}
        if unknown := changes.keys() - known:
            raise ValueError(f"unknown mischief: {', '.join(sorted(unknown))}; there is: {known}")
        if changes.get("answer") not in ANSWERS:
            raise ValueError(f"answer is one of {ANSWERS}")
        re.compile(changes.get("path", ""))
        with self.lock:
            now = asdict(self.settings) if changes else {}
            self.settings = Settings(**(now | changes))
            return asdict(self.settings)

    def answer_to(self, call: str) -> int | str | None:
        """How this API call fares, by method and path; counts down."""
        with self.lock:
            answer, times = self.settings.answer, self.settings.times
            if answer is None or not re.search(self.settings.path, call):
                return None
            if self.settings.after:
                self.settings.after -= 1
                return None
            if times:
                self.settings.times -= 1
            if times == 1:
                self.settings.answer = None
            return answer
