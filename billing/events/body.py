"""From raw bytes to an event, or a refusal: whatever is malformed ends here (rule W1)."""

import json
from typing import Any, NoReturn

from billing.events.event import Event, MalformedEventError, event_from_json

MOST_BYTES = 512 * 1024


def parse(body: bytes) -> Event:
    """Return the event in a body; raises MalformedEventError for anything else."""
    try:
        content = json.loads(body.decode("utf-8"), parse_constant=refuse_constant)
        refuse_unstorable(content, body)
    except (ValueError, RecursionError) as error:
        raise MalformedEventError(f"The body can't be read: {type(error).__name__}.") from None
    return event_from_json(content)


def refuse_constant(name: str) -> NoReturn:
    """NaN and Infinity are no JSON, though Python reads them."""
    raise ValueError(name)


def refuse_unstorable(content: Any, body: bytes) -> None:
    """Raise ValueError for texts that no database column can hold: NUL, and halves of characters."""
    if b"\\u" in body:
        written = json.dumps(content, ensure_ascii=False)
        written.encode("utf-8")
        if "\\u0000" in written:
            raise ValueError("NUL")
