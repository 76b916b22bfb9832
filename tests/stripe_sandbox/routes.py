"""Every API call that the sandbox answers, as calls.toml lists them."""

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from . import checkout, invoices, resources
from .resources import Includable

Handler = Callable[..., dict[str, Any]]
CALLS = tomllib.loads(Path(__file__).with_name("calls.toml").read_text())
METHODS = {"create": "POST", "retrieve": "GET", "update": "POST", "delete": "DELETE", "list": "GET"}


@dataclass(frozen=True)
class Route:
    """`params` names the SDK's type; `permission` is what a restricted key needs."""

    method: str
    path: str
    handler: Handler
    params: str
    permission: str

    def ids_in(self, method: str, path: str) -> list[str] | None:
        """The ids in a path, if it is this route's."""
        own, given = self.path.split("/"), path.rstrip("/").split("/")
        if method != self.method or len(own) != len(given):
            return None
        pairs = list(zip(own, given, strict=True))
        is_ours = all(part in ("{id}", value) for part, value in pairs)
        return [value for part, value in pairs if part == "{id}"] if is_ours else None


def function(name: str) -> Handler:
    module, _, own = name.partition(".")
    found: Handler = getattr(import_module(f".{module}", __package__), own)
    return found


def routes_of(kind: str, told: dict[str, Any]) -> Iterator[Route]:
    """The calls on a kind of objects; what isn't one of METHODS is an action on one object."""
    *group, name = kind.split(".")
    path = "/v1/" + "/".join([*group, f"{name}s"])
    params = told.get("params") or ".".join([*group, name.title().replace("_", "")])
    permission = told.get("permission") or kind.replace(".", "_")
    keep = function(told["keep"]) if "keep" in told else None
    change = function(told["change"]) if "change" in told else resources.change_fields()
    simply = told.get("simply", ())
    handlers: dict[str, Handler] = {
        "retrieve": partial(resources.retrieve, kind),
        "list": partial(resources.list_of, kind, path, told.get("filters", ()), keep),
    }
    if "create" in simply:
        handlers["create"] = partial(resources.create, kind, change)
    if "update" in simply:
        only = resources.change_fields(*told["changes"]) if "changes" in told else change
        handlers["update"] = partial(resources.update, kind, only)
    if "delete" in simply:
        handlers["delete"] = partial(resources.delete, kind)
    handlers |= {call: function(name) for call, name in told.get("calls", {}).items()}
    for call, handler in handlers.items():
        place = "" if call in ("create", "list") else "/{id}"
        place += "" if call in METHODS else f"/{call}"
        # The SDK has a name of its own for the end of a subscription.
        verb = "Cancel" if (kind, call) == ("subscription", "delete") else call.title()
        method, type = METHODS.get(call, "POST"), f"{params}{verb}Params"
        yield Route(method, path + place, handler, type, permission)


ROUTES = [
    *(Route(**told | {"handler": function(told["handler"])}) for told in CALLS["others"]),
    *(route for kind, told in CALLS["kinds"].items() for route in routes_of(kind, told)),
]
# Fields that Stripe leaves out unless they are asked for with expand.
INCLUDABLE: Includable = {
    ("checkout.session", "line_items"): lambda world, session: checkout.list_line_items(
        world, {}, session["id"]
    ),
    ("invoice", "payments"): invoices.payments_of,
}


def find(method: str, path: str) -> tuple[Route, list[str]] | None:
    """The route of a path, with the ids in it."""
    for route in ROUTES:
        if (ids := route.ids_in(method, path)) is not None:
            return route, ids
    return None
