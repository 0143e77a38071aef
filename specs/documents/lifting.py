"""Schemas of OpenAPI 3.0 to 3.2 as JSON Schema 2020-12, tolerantly: what cannot be honoured is left out with a warning.

The result is still a document; only its schemas are changed, so that each of them compiles.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import jsonschema_rs

from understudy.specs.documents.bundle import Warnings
from understudy.specs.documents.kinds import MANY, MEMBERS, NAMED, ONE
from understudy.specs.documents.untangling import untangle
from understudy.specs.reading.wording import pointer, quoted

TYPES = frozenset({"string", "number", "integer", "boolean", "array", "object", "null"})
#: Types of other languages that documents use -> those that are meant.
OTHERS = {
    "file": "string",
    "date": "string",
    "datetime": "string",
    "int": "integer",
    "long": "integer",
    "float": "number",
}
OTHERS |= {"double": "number", "bool": "boolean", "str": "string", "text": "string", "list": "array", "dict": "object"}
#: Formats that are enforced.
FORMATS = frozenset({"date", "date-time", "uuid", "email", "ipv4", "ipv6", "uri"})
COUNTS = frozenset(
    {"minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "minContains", "maxContains"}
)
LIMITS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})
#: Keywords that say nothing about a value, and are kept for those who draw one or read it.
NOTES = frozenset(
    {
        "title",
        "description",
        "default",
        "example",
        "deprecated",
        "readOnly",
        "writeOnly",
        "discriminator",
        "contentEncoding",
    }
)

Place = tuple[Any, ...]


def lifted(document: Mapping[str, Any], warnings: Warnings) -> dict[str, Any]:
    """A bundled document with schemas of 2020-12, of the first version of OpenAPI that has such if it was older."""
    is_old = str(document.get("openapi", "")).startswith("3.0")
    lifting = _Lifting(is_old, warnings)
    made = dict(lifting.node(document, "document", ()))
    if is_old:
        made["openapi"] = "3.1.0"
    untangle(made, lifting.made, warnings)
    return made


def linked(schema: Mapping[str, Any], uri: str, place: str = "") -> dict[str, Any]:
    """A lifted schema whose references can be resolved against a registry that holds the document at `uri`."""

    def node(value: Any, kind: str) -> Any:
        if kind[0] == "[":
            return [node(part, kind[1:-1]) for part in value]
        if not isinstance(value, Mapping):
            return value
        if kind[0] == "{":
            return {name: node(part, kind[1:-1]) for name, part in value.items()}
        members = MEMBERS["schema"]
        out = {name: node(part, members[name]) if name in members else part for name, part in value.items()}
        if isinstance(out.get("$ref"), str) and out["$ref"].startswith("#"):
            out["$ref"] = f"{uri}{out['$ref']}"
        return out

    made: dict[str, Any] = node(schema, "schema")
    return made


class _Lifting:
    def __init__(self, old: bool, warnings: Warnings) -> None:
        self._old = old
        self._warnings = warnings
        #: Every schema, with its place.
        self.made: list[tuple[Place, dict[str, Any]]] = []

    def node(self, value: Any, kind: str, place: Place) -> Any:
        """Any part of the document; schemas are lifted."""
        if kind == "schema":
            if isinstance(value, bool):  # an object, which a reference can lead to
                return {} if value else {"not": {}}
            return self.schema(value, place)
        if kind[0] == "[":
            if not isinstance(value, list):
                return value
            return [self.node(part, kind[1:-1], (*place, i)) for i, part in enumerate(value)]
        if not isinstance(value, Mapping):
            return value
        if kind[0] == "{":
            return {name: self.node(part, kind[1:-1], (*place, name)) for name, part in value.items()}
        members = MEMBERS[kind]
        return {
            name: self.node(part, members[name], (*place, name)) if name in members else part
            for name, part in value.items()
        }

    def schema(self, value: Any, place: Place) -> Any:
        """One schema and all below it."""
        if isinstance(value, bool):
            return value
        made = self._object(value, place)
        self.made.append((place, made))
        return made

    def _object(self, value: Any, place: Place) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            self._leave_out(place, f"{quoted(value)} is not a schema")
            return {}
        nullable = value.get("nullable") is True
        if "$ref" in value:
            out = {"$ref": value["$ref"]}
            if not self._old:
                out |= self._keywords({name: part for name, part in value.items() if name != "$ref"}, place)
            elif "readOnly" in value:
                out["readOnly"] = value["readOnly"]
            return {"anyOf": [{"type": "null"}, out]} if nullable else out
        out = self._keywords(value, place)
        return _with_null(out) if nullable else out

    def _keywords(self, value: Mapping[str, Any], place: Place) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for name, part in value.items():
            here = (*place, name)
            if name in ONE:
                if isinstance(part, list) and name == "items":  # a tuple of older drafts
                    out["prefixItems"] = [self.schema(each, (*here, i)) for i, each in enumerate(part)]
                else:
                    out[name] = self.schema(part, here)
            elif name in MANY:
                if isinstance(part, list) and part:
                    # Alternatives of real documents overlap more often than their authors know.
                    out["anyOf" if name == "oneOf" and "anyOf" not in value else name] = [
                        self.schema(each, (*here, i)) for i, each in enumerate(part)
                    ]
                else:
                    self._leave_out(here, f"{quoted(part)} is not a list of schemas")
            elif name in NAMED:
                self._named(out, name, part, here)
            elif name in NOTES or name == "const":
                out[name] = part
            elif name in _KEYWORDS:
                self._checked(out, name, part, here)
        self._limits(out, value)
        if "enum" in out:
            self._enum(out, place)
        return out

    def _named(self, out: dict[str, Any], name: str, part: Any, here: Place) -> None:
        if not isinstance(part, Mapping):
            self._leave_out(here, f"{quoted(part)} does not hold schemas by name")
            return
        made = {}
        for key, each in part.items():
            if name == "patternProperties":
                pattern = translated(key)
                if pattern is None:
                    self._leave_out((*here, key), f"the pattern {quoted(key)} cannot be read")
                    continue
                made[pattern] = self.schema(each, (*here, key))
            else:
                made[key] = self.schema(each, (*here, key))
        out["$defs" if name == "definitions" else name] = made

    def _checked(self, out: dict[str, Any], name: str, part: Any, here: Place) -> None:
        made = _KEYWORDS[name](part)
        if made is None:
            problem = (
                f"the pattern {quoted(part)} cannot be read"
                if name == "pattern"
                else f"{name}: {quoted(part)} means nothing"
            )
            # True and false mean something in older drafts, and are common.
            if not (name in {"required", "exclusiveMinimum", "exclusiveMaximum"} and isinstance(part, bool)):
                self._leave_out(here, problem)
            return
        out[name] = made

    def _limits(self, out: dict[str, Any], value: Mapping[str, Any]) -> None:
        for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
            if value.get(exclusive) is True and _number(value.get(bound)) is not None:
                out[exclusive] = out.pop(bound)

    def _enum(self, out: dict[str, Any], place: Place) -> None:
        """An enum that contradicts its type, as when YAML read numbers where texts were meant."""
        types = out.get("type")
        wanted = {types} if isinstance(types, str) else set(types or ())
        if not wanted or any(_has_type(value, wanted) for value in out["enum"]):
            return
        if wanted <= {"string", "null"}:
            out["enum"] = [value if value is None else _text(value) for value in out["enum"]]
        else:
            self._leave_out((*place, "enum"), "none of the values of the enum has its type")
            del out["enum"]

    def _leave_out(self, place: Place, problem: str) -> None:
        self._warnings.add(pointer(place), problem)


def _with_null(out: dict[str, Any]) -> dict[str, Any]:
    types = out.get("type")
    if isinstance(types, str) and not {"allOf", "anyOf", "oneOf", "not", "const"} & out.keys():
        widened = {**out, "type": [types, "null"]}
        if "enum" in out and None not in out["enum"]:
            widened["enum"] = [*out["enum"], None]
        return widened
    if types is None and not out.keys() - NOTES:
        return out
    notes = {name: part for name, part in out.items() if name in {"readOnly", "writeOnly", "example", "default"}}
    return {"anyOf": [{"type": "null"}, out], **notes}


@lru_cache(4096)
def translated(pattern: str) -> str | None:
    """A pattern of ECMA 262 that the validator compiles; None when it does not."""
    text = pattern
    if (
        len(text) > 1
        and text[0] == "/"
        and (end := text.rfind("/")) > 0
        and re.fullmatch("[dgimsuvy]*", text[end + 1 :])
    ):
        text = f"(?i){text[1:end]}" if "i" in text[end + 1 :] else text[1:end]
    for form in (text, text.replace("\\/", "/"), re.sub(r"\\([-#@!%&=:;,<>\"'` ~])", r"\1", text)):
        try:
            jsonschema_rs.validator_for({"pattern": form})
        except (jsonschema_rs.ValidationError, ValueError):
            continue
        return form
    return None


def _type(part: Any) -> Any:
    named = [part] if isinstance(part, str) else part if isinstance(part, list) else []
    known = [OTHERS.get(str(each).lower(), each) for each in named]
    found = list(dict.fromkeys(each for each in known if each in TYPES))
    if not found or (isinstance(part, list) and len(found) < len(named)):
        return None
    return found[0] if len(found) == 1 else found


def _number(part: Any) -> Any:
    return part if isinstance(part, int | float) and not isinstance(part, bool) and math.isfinite(part) else None


def _count(part: Any) -> Any:
    return int(part) if _number(part) is not None and part >= 0 and part == int(part) else None


def _positive(part: Any) -> Any:
    return part if _number(part) is not None and part > 0 else None


def _names(part: Any) -> Any:
    if not isinstance(part, list):
        return None
    return list(dict.fromkeys(each for each in part if isinstance(each, str)))


def _enumeration(part: Any) -> Any:
    if not isinstance(part, list) or not part:
        return None
    return [value for at, value in enumerate(part) if value not in part[:at] or isinstance(value, bool)]


def _needs(part: Any) -> Any:
    if not isinstance(part, Mapping) or not all(isinstance(each, list) for each in part.values()):
        return None
    return {name: _names(each) for name, each in part.items()}


_KEYWORDS: dict[str, Callable[[Any], Any]] = {
    "type": _type,
    "required": _names,
    "enum": _enumeration,
    "pattern": lambda part: translated(part) if isinstance(part, str) else None,
    "format": lambda part: part if isinstance(part, str) else None,
    "multipleOf": _positive,
    "uniqueItems": lambda part: part if isinstance(part, bool) else None,
    "dependentRequired": _needs,
    **dict.fromkeys(COUNTS, _count),
    **dict.fromkeys(LIMITS, _number),
}


def _has_type(value: Any, types: set[str]) -> bool:
    kinds = {"boolean"} if isinstance(value, bool) else {"null"} if value is None else set()
    if not kinds:
        if isinstance(value, int):
            kinds = {"integer", "number"}
        elif isinstance(value, float):
            kinds = {"number", *(["integer"] if value.is_integer() else [])}
        else:
            kinds = {"string"} if isinstance(value, str) else {"array"} if isinstance(value, list) else {"object"}
    return bool(kinds & types)


def _text(value: Any) -> str:
    return "true" if value is True else "false" if value is False else str(value)
