"""An event as the handlers see it, from Stripe's JSON or from the ledger's row."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from billing.models import WebhookEvent
from billing.projection import StripeObject, customer_of, id_of, subscription_of

# PostgreSQL's bigint, and the length of the ledger's columns.
LATEST = 2**63 - 1
LONGEST_ID = 255
LONGEST_TYPE = 100


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


def event_from_json(body: Any) -> Event:
    """Return the event in a parsed body; raises MalformedEventError."""
    if not isinstance(body, dict) or body.get("object") != "event":
        raise MalformedEventError("The body isn't an event.")
    content = body.get("data")
    stripe_object = content.get("object") if isinstance(content, dict) else None
    if not isinstance(content, dict) or not isinstance(stripe_object, dict):
        raise MalformedEventError("The event has no object.")
    previous = content.get("previous_attributes")
    try:
        return Event(
            id=text(body, "id", LONGEST_ID),
            type=text(body, "type", LONGEST_TYPE),
            created=second(body),
            object=stripe_object,
            livemode=body.get("livemode") is True,
            api_version=str(body.get("api_version") or "")[:40],
            customer=owner_of(stripe_object, previous if isinstance(previous, dict) else {}),
            subscription=subscription_of(stripe_object)[:LONGEST_ID],
            invoices=invoices_in(stripe_object),
        )
    except (AttributeError, KeyError, TypeError) as error:
        raise MalformedEventError(f"The event's object can't be read: {error!r}") from None


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
    )


def text(body: Mapping[str, Any], key: str, longest: int) -> str:
    value = body.get(key)
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise MalformedEventError(f"The event's {key} isn't a text that fits.")
    return value


def second(body: Mapping[str, Any]) -> int:
    value = body.get("created")
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= LATEST:
        raise MalformedEventError("The event's time isn't one.")
    return value


def owner_of(stripe_object: StripeObject, previous: StripeObject) -> str:
    """Return the customer's id; a detached payment method has it among its previous values."""
    owner = customer_of(stripe_object) or id_of(previous.get("customer"))
    if len(owner) > LONGEST_ID:
        raise MalformedEventError("The customer's id is too long.")
    return owner


def invoices_in(stripe_object: StripeObject) -> tuple[str, ...]:
    return (str(stripe_object["id"]),) if stripe_object.get("object") == "invoice" else ()
