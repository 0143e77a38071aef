"""OpenAPI 3.0 schemas as JSON Schema 2020-12."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from understudy.specs.reading.errors import ContractError
from understudy.specs.reading.wording import nearest, pointer

#: Keywords that hold one schema, a list of schemas, or a mapping of names to schemas.
ONE = frozenset({"items", "not"})
MANY = frozenset({"allOf", "anyOf", "oneOf"})
NAMED = frozenset({"properties"})
#: Keywords that constrain a value and carry over as they are, and what error messages call a value that fits.
PLAIN = frozenset(
    [
        "type",
        "format",
        "enum",
        "required",
        "minItems",
        "maxItems",
        "uniqueItems",
        "minLength",
        "maxLength",
        "pattern",
        "x-accepts",
        "minimum",
        "maximum",
        "multipleOf",
        "minProperties",
        "maxProperties",
        "readOnly",
    ]
)
#: Keywords for readers and generators; they decide nothing.
ANNOTATIONS = frozenset(
    ["default", "example", "title", "description", "deprecated", "discriminator", "x-alias", "x-chosen", "x-promised"]
)
#: OpenAPI's own forms, which JSON Schema writes otherwise.
TRANSLATED = frozenset({"nullable", "exclusiveMinimum", "exclusiveMaximum", "additionalProperties", "$ref"})
KNOWN = ONE | MANY | NAMED | PLAIN | ANNOTATIONS | TRANSLATED


class UnknownKeywordError(ContractError):
    """A schema uses a keyword that the contracts do not use, or uses one in a way that has no effect."""


def convert(schema: Mapping[str, Any], uri: str, place: str = "") -> dict[str, Any]:
    """Translate one schema and everything below it.

    `uri` is put before each local `$ref`, so that the result can be compiled on its own against a
    registry that holds the document's schemas. Raises UnknownKeywordError with the place of the keyword.
    """
    unknown = sorted(set(schema) - KNOWN)
    if unknown:
        raise UnknownKeywordError(
            f"{place or '/'}: there is no schema keyword {unknown[0]!r} here; {nearest(unknown[0], KNOWN)}"
        )
    if "$ref" in schema:
        if schema.get("nullable"):
            raise UnknownKeywordError(f"{place}: nullable beside $ref has no effect in OpenAPI 3.0; use allOf")
        return {"$ref": f"{uri}{schema['$ref']}"}
    if "x-accepts" in schema and not ("pattern" in schema and isinstance(schema["x-accepts"], str)):
        raise UnknownKeywordError(f"{place or '/'}: x-accepts is a text and stands beside a pattern")
    return _nullable({**_plain(schema), **_bounds(schema, place), **_below(schema, uri, place)}, schema)


def _plain(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in schema.items() if name in PLAIN}


def _bounds(schema: Mapping[str, Any], place: str) -> dict[str, Any]:
    """`exclusiveMinimum: true` beside `minimum` becomes the number itself."""
    out: dict[str, Any] = {}
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if schema.get(exclusive) is True:
            if bound not in schema:
                raise UnknownKeywordError(f"{place or '/'}: {exclusive} has no effect without {bound}")
            out[exclusive] = schema[bound]
    return out


def _below(schema: Mapping[str, Any], uri: str, place: str) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, value in schema.items():
        here = f"{place}/{name}"
        if name == "not":
            # Its title says in messages what a value may not be.
            titled = {"title": value["title"]} if "title" in value else {}
            out[name] = {**convert(value, uri, here), **titled}
        elif name in ONE or (name == "additionalProperties" and isinstance(value, Mapping)):
            out[name] = convert(value, uri, here)
        elif name == "additionalProperties":
            out[name] = value
        elif name in MANY:
            out[name] = [convert(part, uri, f"{here}/{i}") for i, part in enumerate(value)]
        elif name in NAMED:
            out[name] = {key: convert(part, uri, f"{here}{pointer((key,))}") for key, part in value.items()}
    return out


def _nullable(out: dict[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    if not schema.get("nullable"):
        return out
    if set(out) & (MANY | {"not"}) or "type" not in out:
        return {"anyOf": [{"type": "null"}, out]}
    widened = {**out, "type": [out["type"], "null"]}
    if "enum" in out and None not in out["enum"]:
        widened["enum"] = [*out["enum"], None]
    return widened
