"""From raw bytes to an event, or a refusal: whatever is malformed ends here (rule W1)."""

import json
import math
import re
from collections.abc import Iterable
from typing import Any, NoReturn

from billing.events.event import Event, MalformedEventError, event_from_json

MOST_BYTES = 512 * 1024
# Several times what Stripe's objects have, expanded ones too; whoever walks through one can.
DEEPEST = 50
# As JSON writes it; after a backslash that is itself escaped it is a text like any other.
NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


def parse(body: bytes) -> Event:
    """Return the event in a body; raises MalformedEventError for anything else."""
    try:
        content = json.loads(
            body.decode("utf-8"), parse_constant=refuse_constant, parse_float=finite
        )
        refuse_too_deep(content)
        refuse_unstorable(content, body)
    except (ValueError, RecursionError) as error:
        raise MalformedEventError(f"The body can't be read: {type(error).__name__}.") from None
    return event_from_json(content)


def refuse_constant(name: str) -> NoReturn:
    """NaN and Infinity are no JSON, though Python reads them."""
    raise ValueError(name)


def finite(written: str) -> float:
    """Return a number; raise ValueError for what Python reads as infinite, such as 1e400."""
    number = float(written)
    if not math.isfinite(number):
        raise ValueError(written)
    return number


def refuse_too_deep(content: Any) -> None:
    """Raise ValueError for what is nested deeper than anything of Stripe's."""
    level = [content]
    for _depth in range(DEEPEST):
        level = [inner for one in level for inner in inside(one)]
        if not level:
            return
    raise ValueError("too deep")


def inside(one: Any) -> Iterable[Any]:
    if isinstance(one, dict):
        return one.values()
    return one if isinstance(one, list) else ()


def refuse_unstorable(content: Any, body: bytes) -> None:
    """Raise ValueError for texts that no database column can hold: NUL, and halves of characters."""
    if b"\\u" in body:
        written = json.dumps(content, ensure_ascii=False)
        written.encode("utf-8")
        if NUL.search(written):
            raise ValueError("NUL")
