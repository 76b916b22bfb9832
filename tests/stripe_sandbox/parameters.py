"""Form-encoded parameters: read as Stripe reads them, and refused as Stripe refuses them.

Which parameters a call takes is not written down here: Stripe's own SDK ships a type for each
call, generated from Stripe's API description, and those types are the list.
"""

from __future__ import annotations

import functools
import re
import types
import typing
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qsl

import stripe.params
import typing_extensions
from stripe._request_options import RequestOptions

from . import errors

Check = Callable[[Any, str], Any]
# What belongs to the SDK's call and never goes over the wire.
NOT_SENT = frozenset(RequestOptions.__annotations__)
HUGE = 2**53


def decode(text: str) -> dict[str, Any]:
    """`items[0][price]=x` becomes {"items": {"0": {"price": "x"}}}; lists are made by the check."""
    tree: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        head, *rest = re.findall(r"[^\[\]]+|(?<=\[)(?=\])", name) or [name]
        branch, key = tree, head
        for part in rest:
            inner = branch.setdefault(key, {})
            if not isinstance(inner, dict):
                raise errors.StripeError(f"Invalid value for {head}", param=head)
            branch, key = inner, part or str(len(inner))
        branch[key] = value
    return tree


def modernized(tree: dict[str, Any], version: str) -> dict[str, Any]:
    """Callers of an older API version may still say what today's refuses.

    https://docs.stripe.com/changelog: `payment_method_types` went on 2026-09-30, and the hosted
    page was called `hosted` before 2026-03.
    """
    if version[:10] >= "2026-09-30":
        return tree
    changed = {key: value for key, value in tree.items() if key != "payment_method_types"}
    if version[:10] < "2026-03" and changed.get("ui_mode") == "hosted":
        changed["ui_mode"] = "hosted_page"
    return changed


def check(tree: dict[str, Any], name: str) -> dict[str, Any]:
    """Parameters of the call whose SDK type is `name` ("checkout.SessionCreateParams")."""
    return typed_dict(params_type(name))(tree, "")


@functools.cache
def params_type(name: str) -> Any:
    found: Any = stripe.params
    for part in name.split("."):
        found = getattr(found, part)
    return found


def inside(path: str, key: str) -> str:
    return f"{path}[{key}]" if path else key


@functools.cache
def typed_dict(kind: Any) -> Check:
    hints = typing_extensions.get_type_hints(
        kind, localns={"StripeContext": object, "Mapping": Mapping}, include_extras=True
    )
    fields = {key: checker(hint) for key, hint in hints.items() if key not in NOT_SENT}
    fields.setdefault("expand", each(text))
    required = [key for key in fields if key in kind.__required_keys__]

    def check_fields(value: Any, path: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise errors.StripeError("Invalid object", param=path)
        for key in value:
            if key not in fields:
                raise errors.unknown_parameter(inside(path, key))
        for key in required:
            if key not in value:
                raise errors.missing(inside(path, key))
        return {key: fields[key](item, inside(path, key)) for key, item in value.items()}

    return check_fields


def checker(hint: Any) -> Check:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing_extensions.NotRequired, typing.NotRequired):
        return checker(arguments[0])
    if origin in (typing.Union, types.UnionType):
        return one_of(arguments)
    if origin in (typing.Literal, typing_extensions.Literal):
        return choice(arguments)
    if origin is list:
        return each(checker(arguments[0]))
    return typed_dict(hint) if typing_extensions.is_typeddict(hint) else SCALARS.get(hint, mapping)


def one_of(options: tuple[Any, ...]) -> Check:
    """`''|A|B`: the empty string unsets; a hash is for the hash option, text for the others."""
    literals = [value for option in options for value in literal_values(option)]
    rest = [option for option in options if not literal_values(option)]
    nested = [checker(option) for option in rest if is_nested(option)]
    # A list of names is open in the SDK's types (`Literal[…]|str`) so that newer names can be
    # sent; Stripe itself knows all its names, and refuses the others.
    plain = [checker(o) for o in rest if not is_nested(o) and not (o is str and any(literals))]

    def check_option(value: Any, path: str) -> Any:
        if value == "" and "" in literals:
            return ""
        if isinstance(value, dict):
            if not nested:
                raise errors.StripeError("Invalid string: {…}", param=path)
            return nested[0](value, path)
        if value in literals and value != "":
            return value
        for attempt in plain:
            return attempt(value, path)
        if any(literals):
            return choice(tuple(literals))(value, path)
        return nested[0](value, path)

    return check_option


def literal_values(option: Any) -> tuple[Any, ...]:
    is_literal = typing.get_origin(option) in (typing.Literal, typing_extensions.Literal)
    return typing.get_args(option) if is_literal else ()


def is_nested(option: Any) -> bool:
    return option not in SCALARS


def choice(values: tuple[Any, ...]) -> Check:
    names = [str(value) for value in values if value != ""]

    def check_choice(value: Any, path: str) -> Any:
        if value == "":
            if "" in values:
                return ""
            raise errors.empty_parameter(path)
        if value not in names:
            listed = ", ".join(names[:-1]) + (" or " if len(names) > 1 else "") + names[-1]
            raise errors.StripeError(f"Invalid {path}: must be one of {listed}", param=path)
        return value

    return check_choice


def each(check_item: Check) -> Check:
    def check_list(value: Any, path: str) -> list[Any]:
        if value == "":
            return []
        if not isinstance(value, dict) or not all(key.isdigit() for key in value):
            raise errors.StripeError("Invalid array", param=path)
        ordered = sorted(value.items(), key=lambda pair: int(pair[0]))
        return [check_item(item, inside(path, key)) for key, item in ordered]

    return check_list


def mapping(value: Any, path: str) -> Any:
    """A free hash, such as metadata (docs.stripe.com/metadata: 50 keys, 40 and 500 characters)."""
    if not isinstance(value, dict):
        raise errors.StripeError("Invalid object", param=path)
    if path.endswith(("metadata", "metadata]")):
        if len(value) > 50:
            raise errors.StripeError("Metadata can have at most 50 keys.", param=path)
        for key, item in value.items():
            if len(key) > 40 or not isinstance(item, str) or len(item) > 500:
                raise errors.StripeError(
                    "Metadata keys may have up to 40 characters and values up to 500.",
                    param=inside(path, key),
                )
    return value


def text(value: Any, path: str) -> str:
    if isinstance(value, dict):
        raise errors.StripeError("Invalid string: {…}", param=path)
    if value == "":
        raise errors.empty_parameter(path)
    if len(value) > 5000:
        raise errors.StripeError("Invalid string: must be at most 5000 characters", param=path)
    return value


def integer(value: Any, path: str) -> int:
    if not isinstance(value, str) or not re.fullmatch(r"-?\d+", value) or abs(int(value)) > HUGE:
        raise errors.StripeError(
            f"Invalid integer: {value}", code="parameter_invalid_integer", param=path
        )
    return int(value)


def boolean(value: Any, path: str) -> bool:
    if value not in ("true", "false"):
        raise errors.StripeError(f"Invalid boolean: {value}", param=path)
    return value == "true"


def decimal(value: Any, path: str) -> Any:
    try:
        return float(Decimal(value))
    except (InvalidOperation, TypeError) as problem:
        raise errors.StripeError(f"Invalid decimal: {value}", param=path) from problem


SCALARS: dict[Any, Check] = {
    str: text, int: integer, bool: boolean, float: decimal, Decimal: text,
}  # fmt: skip
