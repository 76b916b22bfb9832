"""What a request's form may say: texts only, since that is all that goes over the wire."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

# A whole number, a decimal and a truth as they are written in a form.
TEXTS: dict[str, Schema] = {
    "integer": {"type": "string", "pattern": r"^-?\d+$"},
    "number": {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"},
    "boolean": {"enum": ["true", "false"]},
}


def as_form(schema: Any) -> Any:
    """Return JSON Schema for the texts of a form, from a parameter's OpenAPI schema."""
    if "anyOf" in schema:
        return {"anyOf": [as_form(option) for option in schema["anyOf"]]}
    kind = schema.get("type")
    if kind in TEXTS:
        return TEXTS[kind]
    if kind == "array":
        return {"type": "array", "items": as_form(schema["items"])}
    if kind == "object":
        return {
            "type": "object",
            "properties": {
                name: as_form(own) for name, own in schema.get("properties", {}).items()
            },
            "required": schema.get("required", []),
            "additionalProperties": others(schema),
        }
    return {key: schema[key] for key in ("type", "enum", "maxLength") if key in schema}


def others(schema: Schema) -> Any:
    """Parameters that aren't named: none, but in free hashes such as metadata."""
    allowed = schema.get("additionalProperties", not schema.get("properties"))
    return as_form(allowed) if isinstance(allowed, dict) else allowed


def as_sent(params: Any) -> Any:
    """Return the tree of a request's texts with lists where the keys are 0, 1, 2 …"""
    if not isinstance(params, dict):
        return params
    if params and all(key.isdigit() for key in params):
        return [as_sent(params[key]) for key in sorted(params, key=int)]
    return {key: as_sent(value) for key, value in params.items()}
