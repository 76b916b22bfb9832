"""Values in Stripe's JSON, each of the type and size that our columns have, or refused.

What isn't there is empty, as Stripe leaves out or nulls what an object doesn't have; what is there
must be what Stripe's description says, since a guess at anything else could open or close access.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.db import models

from billing.stripe_api.errors import StripeProblem

LONGEST_ID = 255
# The year 3000: beyond anything of Stripe's, and within what Python and databases can add days to.
LATEST = 32_503_680_000
RANGES = {
    "BigIntegerField": (-(2**63), 2**63 - 1),
    "PositiveIntegerField": (0, 2**31 - 1),
    "PositiveSmallIntegerField": (0, 2**15 - 1),
}


class UnusableObjectError(StripeProblem):
    """An object of Stripe's that we can't read; the message names the field."""


def text(of: Mapping[str, Any], name: str) -> str:
    """Return a text, "" where there is none."""
    value = of.get(name)
    if value is not None and not isinstance(value, str):
        raise UnusableObjectError(f"{name} is no text")
    return value or ""


def required(of: Mapping[str, Any], name: str) -> str:
    """Return an id or another short text that must be there."""
    value = text(of, name)
    if not 0 < len(value) <= LONGEST_ID:
        raise UnusableObjectError(f"{name} is missing or too long")
    return value


def id_of(of: Mapping[str, Any], name: str) -> str:
    """Return the id of what may be an id, an expanded object or nothing ("")."""
    value = of.get(name)
    if isinstance(value, Mapping):
        return required(value, "id")
    return required(of, name) if value else text(of, name)


def number(of: Mapping[str, Any], name: str) -> int | None:
    """Return a whole number, None where there is none."""
    value = of.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise UnusableObjectError(f"{name} is no whole number")
    return value


def flag(of: Mapping[str, Any], name: str) -> bool:
    """Return whether something is so; what isn't said isn't so."""
    value = of.get(name)
    if value is not None and not isinstance(value, bool):
        raise UnusableObjectError(f"{name} is neither true nor false")
    return bool(value)


def moment(of: Mapping[str, Any], name: str) -> datetime | None:
    """Return Stripe's seconds since 1970 as a time, None where there is none."""
    seconds = number(of, name)
    if seconds is None:
        return None
    if not 0 <= seconds < LATEST:
        raise UnusableObjectError(f"{name} is no time")
    return datetime.fromtimestamp(seconds, UTC)


def part(of: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    """Return an object inside, None where there is none."""
    value = of.get(name)
    if value is not None and not isinstance(value, Mapping):
        raise UnusableObjectError(f"{name} is no object")
    return value


def listed(of: Mapping[str, Any], name: str) -> list[Mapping[str, Any]] | None:
    """Return the objects in one of Stripe's lists, None where there is no list."""
    rows = (part(of, name) or {}).get("data")
    if rows is None:
        return None
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise UnusableObjectError(f"{name} is no list of objects")
    return rows


def fitting(model: type[models.Model], columns: dict[str, Any]) -> dict[str, Any]:
    """Return the columns if each value fits into the model's; raises UnusableObjectError."""
    for name, (longest, least, most) in limits(model).items():
        value = columns.get(name)
        if isinstance(value, str):
            fits = longest is None or len(value) <= longest
        else:
            fits = value is None or least <= value <= most
        if not fits:
            raise UnusableObjectError(f"{name} is too long or too large")
    return columns


@cache
def limits(model: type[models.Model]) -> dict[str, tuple[int | None, int, int]]:
    """Return the longest text, the least and the greatest number of each such column."""
    return {
        field.attname: (field.max_length, *RANGES.get(field.get_internal_type(), (0, 0)))
        for field in model._meta.concrete_fields
        if field.max_length or field.get_internal_type() in RANGES
    }
