"""An event: its bytes, and what the handlers see of it (rule W1); whatever is malformed ends here."""

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any, NoReturn

from django.utils.dateparse import parse_datetime

from billing.models import WebhookEvent
from billing.stripe_api.objects import StripeObject, subscription_of
from billing.stripe_api.values import LATEST, LONGEST_ID, UnusableObjectError, required
from billing.stripe_ids import Mode
from billing.webhooks.faults import fault_in, owner_of

LONGEST_TYPE = 100
# An event with its object, and a thin one that only names it.
# Source: https://docs.stripe.com/event-destinations#events-overview
KINDS = ("event", "v2.core.event")

MOST_BYTES = 512 * 1024
# Several times what Stripe's objects have, expanded ones too; whoever walks through one can.
DEEPEST = 50
# As JSON writes it; after a backslash that is itself escaped it is a text like any other.
NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


class MalformedEventError(ValueError):
    """What came isn't an event in the shape that Stripe sends."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """One event: its second at Stripe, and the object as it was then."""

    id: str
    type: str
    created: int
    object: StripeObject
    livemode: bool = False
    api_version: str = ""
    customer: str = ""
    subscription: str = ""
    # Invoices that the object is or names, to be loaded with the books.
    invoices: tuple[str, ...] = ()
    # Why the object is of no use for an event of this type, "" where it is of use.
    fault: str = ""

    @property
    def mode(self) -> Mode:
        return "live" if self.livemode else "test"


def event_from_json(body: Any) -> Event:
    """Return the event in a parsed body, whatever its object is; raises MalformedEventError."""
    if not isinstance(body, dict) or body.get("object") not in KINDS:
        raise MalformedEventError("The body isn't an event.")
    content = as_object(body.get("data"))
    stripe_object = as_object(content.get("object"))
    previous = as_object(content.get("previous_attributes"))
    event_type = text(body, "type", LONGEST_TYPE)
    livemode = body.get("livemode") is True
    return Event(
        id=text(body, "id", LONGEST_ID),
        type=event_type,
        created=second(body),
        object=stripe_object,
        livemode=livemode,
        api_version=str(body.get("api_version") or "")[:40],
        customer=legible(lambda: owner_of(stripe_object, previous)),
        subscription=legible(lambda: subscription_of(stripe_object)),
        invoices=invoices_in(stripe_object),
        fault=fault_in(event_type, stripe_object, previous, livemode=livemode),
    )


def event_from_ledger(row: WebhookEvent) -> Event:
    """Return the event that a row of the ledger keeps; raises MalformedEventError when pruned."""
    if row.payload is None:
        raise MalformedEventError("The event's content isn't kept any more.")
    return Event(
        id=row.event_id,
        type=row.type,
        created=row.created,
        object=row.payload,
        livemode=row.livemode,
        api_version=row.api_version,
        customer=row.customer_id_at_stripe,
        subscription=row.subscription_id_at_stripe,
        invoices=invoices_in(row.payload),
        # What it was without is kept in the row.
        fault=fault_in(
            row.type, row.payload, {"customer": row.customer_id_at_stripe}, livemode=row.livemode
        ),
    )


def as_object(value: Any) -> StripeObject:
    """Return an object as it is, an empty one in the place of anything else."""
    return value if isinstance(value, dict) else {}


def legible(read: Callable[[], str]) -> str:
    """Return an id that an object names, "" where it can't be read."""
    try:
        return read()
    except UnusableObjectError:
        return ""


def text(body: Mapping[str, Any], key: str, longest: int) -> str:
    value = body.get(key)
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise MalformedEventError(f"The event's {key} isn't a text that fits.")
    return value


def second(body: Mapping[str, Any]) -> int:
    """Return an event's time in seconds since 1970; a thin event has it as a text."""
    value = body.get("created")
    if isinstance(value, str):
        value = seconds_of(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < LATEST:
        raise MalformedEventError("The event's time isn't one.")
    return value


def seconds_of(written: str) -> int | None:
    """Return a time in ISO 8601 as seconds since 1970, None for any other text."""
    try:
        moment = parse_datetime(written)
    except ValueError:
        return None
    if moment is None:
        return None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def invoices_in(stripe_object: StripeObject) -> tuple[str, ...]:
    if stripe_object.get("object") != "invoice":
        return ()
    stripe_id = legible(lambda: required(stripe_object, "id"))
    return (stripe_id,) if stripe_id else ()


def parse(body: str) -> Event:
    """Return the event in a body; raises MalformedEventError for anything else."""
    try:
        content = json.loads(body, parse_constant=refuse_constant, parse_float=finite)
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


def refuse_unstorable(content: Any, body: str) -> None:
    """Raise ValueError for texts that no database column can hold: NUL, and halves of characters."""
    if "\\u" in body:
        written = json.dumps(content, ensure_ascii=False)
        written.encode("utf-8")
        if NUL.search(written):
            raise ValueError("NUL")
