"""Form-encoded parameters: read as Stripe reads them, and refused as Stripe refuses them.

Which parameters a call takes is not written down here: Stripe's own SDK ships a type for each
call, generated from Stripe's API description, and those types are the list.
"""

import functools
import re
import tomllib
import types
import typing
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import parse_qsl

import stripe.params
import typing_extensions
from stripe._request_options import RequestOptions

from .errors import refused

# What belongs to the SDK's call and never goes over the wire.
NOT_SENT = frozenset(RequestOptions.__annotations__)
LITERALS = (typing.Literal, typing_extensions.Literal)
HUGE = 2**53
NOTHING = (None, "", [], False, {"enabled": False})
NOT_PLAYED = tomllib.loads(Path(__file__).with_name("not_played.toml").read_text())["call"]


def decode(text: str) -> dict[str, Any]:
    """`items[0][price]=x` becomes {"items": {"0": {"price": "x"}}}; lists are made by the check."""
    tree: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        head, *rest = re.findall(r"[^\[\]]+|(?<=\[)(?=\])", name) or [name]
        branch, key = tree, head
        for part in rest:
            inner = branch.setdefault(key, {})
            if not isinstance(inner, dict):
                invalid(f"value for {head}", head)
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
    checked: dict[str, Any] = hash_of(params_type(name), tree, "")
    for call in NOT_PLAYED:
        if name in call["names"]:
            refuse(checked, call["parameters"])
    return checked


def refuse(params: dict[str, Any], unplayed: list[str]) -> None:
    for entry in unplayed:
        path, _, value = entry.partition("=")
        head, *rest = path.split(".")
        for given in values_at(params, [head, *rest]):
            if given == value if value else given not in NOTHING:
                param = head + "".join(f"[{part}]" for part in rest)
                what = f"{param}={value}" if value else param
                raise refused("not_played", what=what, param=param)


def values_at(held: Any, path: list[str]) -> list[Any]:
    if isinstance(held, list):
        return [found for item in held for found in values_at(item, path)]
    if not path:
        return [held]
    return values_at(held.get(path[0]), path[1:]) if isinstance(held, dict) else []


@functools.cache
def params_type(name: str) -> Any:
    return functools.reduce(getattr, name.split("."), stripe.params)


@functools.cache
def fields_of(kind: Any) -> dict[str, Any]:
    names = {"StripeContext": object, "Mapping": Mapping}
    hints = typing_extensions.get_type_hints(kind, localns=names)
    sent = {key: hint for key, hint in hints.items() if key not in NOT_SENT}
    return {"expand": list[str], **sent}


def invalid(what: str, path: str) -> NoReturn:
    raise refused("invalid", what=what, param=path)


def inside(path: str, key: str) -> str:
    return f"{path}[{key}]" if path else key


def checked(hint: Any, value: Any, path: str) -> Any:
    """The value, as the type wants it."""
    origin, options = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return one_of(options, value, path)
    if origin in LITERALS:
        return one_of((hint,), value, path)
    if origin is list:
        return list_of(options[0], value, path)
    if typing_extensions.is_typeddict(hint):
        return hash_of(hint, value, path)
    return SCALARS.get(hint, mapping)(value, path)


def hash_of(kind: Any, value: Any, path: str) -> Any:
    if not isinstance(value, dict):
        invalid("object", path)
    fields = fields_of(kind)
    for key in value:
        if key not in fields:
            raise refused("unknown", param=inside(path, key))
    for key in fields:
        if key in kind.__required_keys__ and key not in value:
            raise refused("missing", param=inside(path, key))
    return {key: checked(fields[key], item, inside(path, key)) for key, item in value.items()}


def list_of(hint: Any, value: Any, path: str) -> list[Any]:
    if value == "":
        return []
    if not isinstance(value, dict) or not all(key.isdigit() for key in value):
        invalid("array", path)
    ordered = sorted(value, key=int)
    return [checked(hint, value[key], inside(path, key)) for key in ordered]


def one_of(options: tuple[Any, ...], value: Any, path: str) -> Any:
    """`''|A|B`: the empty string unsets; a hash is for the hash option, text for the others."""
    named = [name for option in options if typing.get_origin(option) in LITERALS
             for name in typing.get_args(option)]  # fmt: skip
    rest = [option for option in options if typing.get_origin(option) not in LITERALS]
    if not isinstance(value, dict) and value in named:
        return value
    nested = [option for option in rest if option not in SCALARS]
    # A list of names is open in the SDK's types (`Literal[…]|str`) so that newer names can be
    # sent; Stripe itself knows all its names, and refuses the others.
    names = [str(name) for name in named if name]
    plain = [option for option in rest if option in SCALARS and not (option is str and names)]
    if isinstance(value, dict) or not (plain or names):
        return checked(nested[0], value, path) if nested else invalid("string: {…}", path)
    if plain:
        return checked(plain[0], value, path)
    if value == "":
        raise refused("empty", param=path)
    listed = ", ".join(names[:-1]) + (" or " if len(names) > 1 else "") + names[-1]
    return invalid(f"{path}: must be one of {listed}", path)


def mapping(value: Any, path: str) -> Any:
    """A free hash, such as metadata (docs.stripe.com/metadata: 50 keys, 40 and 500 characters)."""
    if not isinstance(value, dict):
        invalid("object", path)
    if path.endswith(("metadata", "metadata]")):
        if len(value) > 50:
            raise refused("metadata_keys", param=path)
        for key, item in value.items():
            if len(key) > 40 or not isinstance(item, str) or len(item) > 500:
                raise refused("metadata_length", param=inside(path, key))
    return value


def text(value: Any, path: str) -> str:
    if isinstance(value, dict):
        invalid("string: {…}", path)
    if value == "":
        raise refused("empty", param=path)
    if len(value) > 5000:
        invalid("string: must be at most 5000 characters", path)
    return str(value)


def integer(value: Any, path: str) -> int:
    if not isinstance(value, str) or not re.fullmatch(r"-?\d+", value) or abs(int(value)) > HUGE:
        raise refused("no_integer", param=path, value=value)
    return int(value)


def boolean(value: Any, path: str) -> bool:
    return value == "true" if value in ("true", "false") else invalid(f"boolean: {value}", path)


def decimal(value: Any, path: str) -> float:
    try:
        return float(Decimal(value))
    except (InvalidOperation, TypeError):
        return invalid(f"decimal: {value}", path)


SCALARS: dict[Any, Any] = {
    str: text, int: integer, bool: boolean, float: decimal, Decimal: text,
}  # fmt: skip
