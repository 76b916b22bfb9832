"""The SDK's own types as a judge of objects: they are made from today's description of Stripe.

The SDK reads whatever comes; that a field exists, is there and is of its type is judged here.
"""

from __future__ import annotations

import functools
import importlib
import sys
import types
import typing
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import stripe
import typing_extensions
from stripe._object_classes import OBJECT_CLASSES
from stripe._stripe_object import UntypedStripeObject

# What JSON has in the place of a Python type.
IN_JSON: dict[type, tuple[type, ...]] = {
    str: (str,), bool: (bool,), int: (int,), float: (int, float), Decimal: (str,), dict: (dict,),
    UntypedStripeObject: (dict,), type(None): (type(None),),
}  # fmt: skip


@functools.cache
def classes() -> dict[str, type]:
    """The value of `object` -> the SDK's class."""
    return {
        kind: getattr(importlib.import_module(module), name)
        for kind, (module, name) in OBJECT_CLASSES.items()
    }


@functools.cache
def fields_of(kind: type) -> dict[str, Any]:
    """Return the fields of a class with their types; `items_` stands for `items`."""
    module = vars(sys.modules[kind.__module__])
    # Of two classes of one name (`plan` and `reserve.plan`) the one at the top is meant.
    by_depth = sorted(classes().items(), key=lambda one: -one[0].count("."))
    others = {one.__name__: one for _kind, one in by_depth}
    names = {**others, **vars(typing), **module, "Decimal": Decimal}
    inner = {name: one for name, one in vars(kind).items() if isinstance(one, type)}
    return {
        name.removesuffix("_"): eval(hint, names, inner) if isinstance(hint, str) else hint
        for name, hint in kind.__annotations__.items()
        if name != "OBJECT_NAME"
    }


def faults_of_object(obj: dict[str, Any]) -> list[str]:
    """Return what the SDK's types find wrong with an object or a list of them."""
    if obj.get("object") == "list":
        return [fault for item in obj["data"] for fault in faults_of_object(item)]
    kind = classes().get(str(obj.get("object")))
    return faults(obj, kind, str(obj["object"])) if kind else [f"no class for {obj['object']}"]


def faults(value: Any, hint: Any, where: str) -> list[str]:
    """Return what a value has that its type hasn't, or lacks."""
    origin, options = typing.get_origin(hint), typing.get_args(hint)
    if origin in BY_ORIGIN:
        return BY_ORIGIN[origin](value, options, where)
    if hint is Any or isinstance(hint, typing.ForwardRef):
        return faults_of_expanded(value, where)
    if origin is None and issubclass(hint, stripe.StripeObject):
        return faults_of_fields(value, hint, where)
    if isinstance(value, IN_JSON[origin or hint]) and (hint is bool) == isinstance(value, bool):
        return []
    return [f"{where}: {value!r} is no {hint}"]


def faults_of_union(value: Any, options: tuple[Any, ...], where: str) -> list[str]:
    meant = [one for one in options if (one is type(None)) == (value is None)] or options
    return min((faults(value, option, where) for option in meant), key=len)


def faults_of_literal(value: Any, options: tuple[Any, ...], where: str) -> list[str]:
    return [] if value in options else [f"{where}: {value!r} is none of {options}"]


def faults_of_list(value: Any, options: tuple[Any, ...], where: str) -> list[str]:
    items = value.get("data") if isinstance(value, dict) else value
    if not isinstance(items, list):
        return [f"{where}: {value!r} is no list"]
    return [fault for item in items for fault in faults(item, options[0], f"{where}[]")]


BY_ORIGIN: dict[Any, Callable[[Any, tuple[Any, ...], str], list[str]]] = {
    typing.Union: faults_of_union,
    types.UnionType: faults_of_union,
    typing.Literal: faults_of_literal,
    typing_extensions.Literal: faults_of_literal,
    list: faults_of_list,
    stripe.ListObject: faults_of_list,
}


def faults_of_expanded(value: Any, where: str) -> list[str]:
    """What may be an id or, expanded, an object of its own class."""
    if isinstance(value, dict) and value.get("object") in classes():
        return faults(value, classes()[value["object"]], where)
    return []


def faults_of_fields(value: Any, kind: type, where: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{where}: {value!r} is no {kind.__qualname__}"]
    if value.get("object") in classes() and classes()[value["object"]] is not kind:
        return [f"{where}: a {value['object']} is no {kind.__qualname__}"]
    known = fields_of(kind)
    found = [f"{where}: {name} is unknown" for name in value if name not in known]
    if not value.get("deleted"):
        missing = [name for name in known if name not in value and not may_miss(known[name])]
        found += [f"{where}: {name} is missing" for name in missing]
    for name in value.keys() & known.keys():
        found += faults(value[name], known[name], f"{where}.{name}")
    return found


def may_miss(hint: Any) -> bool:
    """What may be null is also left out, where it only comes when asked for."""
    return type(None) in typing.get_args(hint)
