"""Values that are made to fit a schema as replies have it: what is known is kept, what is promised and unknown is drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jsonschema_rs

from understudy.mock_server.values.combining import both
from understudy.mock_server.values.plausible import is_bound
from understudy.mock_server.values.schema_faker import SchemaFaker
from understudy.specs.reading.references import resolve

Schema = Mapping[str, Any]
#: Stands for a value that is not known.
UNKNOWN: Any = object()
#: A schema may hold itself; below this depth only what is required is drawn.
DEEPEST = 12
#: Attempts to draw a value that fits.
ATTEMPTS = 6


class Shaping:
    """Makes values fit the schemas of one contract. The same seed and key give the same values."""

    def __init__(self, uri: str, schemas: Mapping[str, Any], seed: int, locales: tuple[str, ...]) -> None:
        self._uri = uri
        self._schemas = schemas
        self._seed = seed
        self._locales = locales
        #: What finds the schemas that others refer to.
        self.registry = jsonschema_rs.Registry([(uri, dict(schemas))])
        self._fits: dict[tuple[int, bool], Callable[[Any], bool]] = {}
        self._merged: dict[tuple[int, ...], Schema] = {}
        self._beside: dict[int, Schema] = {}
        #: Keeps what is remembered by identity alive.
        self._kept: list[Schema] = []

    def drawn(self, schema: Schema, key: str) -> Any:
        """A value of a schema, of which nothing is known."""
        return self.fitting(schema, UNKNOWN, key)

    def fitting(self, schema: Schema, value: Any, key: str, name: str = "", depth: int = 0) -> Any:
        """A value as far as it fits a schema and is shown; members that must be there, and are not, are drawn."""
        if isinstance(schema, bool) or not schema:
            return None if value is UNKNOWN else value
        if value is UNKNOWN:
            return self._draw(schema, key, name)
        merged = self.merged(schema, value)
        if isinstance(value, Mapping):
            if "object" not in _types(merged) and not merged.get("properties"):
                return value if self.fits(schema, value) else self._draw(schema, key, name)
            return self._object(merged, value, key, depth)
        if isinstance(value, list):
            if not self._takes(merged, "array"):
                return self._draw(schema, key, name)
            items = merged.get("items", {})
            made = [self.fitting(items, each, f"{key}/{i}", name, depth + 1) for i, each in enumerate(value)]
            return made[: merged.get("maxItems", len(made))]
        return value if self.fits(schema, value) else self._converted(schema, merged, value, key, name)

    def _object(self, schema: Schema, value: Mapping[str, Any], key: str, depth: int) -> dict[str, Any]:
        properties: Mapping[str, Any] = schema.get("properties", {})
        unshown = {name for name, part in properties.items() if self._is_write_only(part)}
        required = [name for name in schema.get("required", ()) if name not in unshown]
        out = {}
        for name, part in properties.items():
            if name in unshown:
                continue
            if name in value:
                out[name] = self.fitting(part, value[name], f"{key}/{name}", name, depth + 1)
            elif name in required and depth < DEEPEST:
                out[name] = self._draw(part, f"{key}/{name}", name, depth + 1)
        more = schema.get("additionalProperties")
        if more is not False and (more is not None or not properties):
            out |= {name: part for name, part in value.items() if name not in properties}
        for name in required:
            if name not in out:
                part = more if isinstance(more, Mapping) else {}
                out[name] = value[name] if name in value else self._draw(part, f"{key}/{name}", name, depth + 1)
        return out

    def _is_write_only(self, schema: Schema) -> bool:
        """Whether only a client sends the value."""
        return isinstance(schema, Mapping) and self.merged(schema, UNKNOWN).get("writeOnly") is True

    def _converted(self, schema: Schema, merged: Schema, value: Any, key: str, name: str) -> Any:
        """A scalar of another type, as a path or a form writes it; drawn where it cannot be meant."""
        types = _types(merged)
        if isinstance(value, str):
            converted: Any = UNKNOWN
            if "integer" in types and value.lstrip("-").isdecimal():
                converted = int(value)
            elif "boolean" in types and value.lower() in {"true", "false"}:
                converted = value.lower() == "true"
            if converted is not UNKNOWN and self.fits(schema, converted):
                return converted
        elif "string" in types and value is not None and self.fits(schema, str(value)):
            return str(value)
        return self._draw(schema, key, name)

    def _draw(self, schema: Schema, key: str, name: str, depth: int = 0) -> Any:
        """A value of a schema that stands so deep in what is made."""
        if isinstance(schema, bool) or not schema:
            return None
        drawn: Any = None
        for attempt in range(ATTEMPTS):
            faker = SchemaFaker(f"{self._seed}/{key}/{attempt}", self._resolved, self._locales)
            drawn = faker.value(schema, name, depth)
            if self.fits(schema, drawn):
                return drawn
        example = self.merged(schema, UNKNOWN).get("example", UNKNOWN)
        return drawn if example is UNKNOWN else example

    # --- schemas -----------------------------------------------------------------------------------------------------

    def fits(self, schema: Schema, value: Any, formats: bool = False) -> bool:
        """Whether a value fits a schema, with `formats` as strictly as a request has to."""
        key = id(schema), formats
        known = self._fits.get(key)
        if known is None:
            validator = jsonschema_rs.Draft202012Validator(
                schema if isinstance(schema, bool) else dict(schema), registry=self.registry, validate_formats=formats
            )
            known = self._fits[key] = validator.is_valid
            self._kept.append(schema)
        return known(value)

    def forget_validators(self) -> None:
        """Free the memory of what `fits` has compiled; it compiles again what is asked for."""
        self._fits.clear()

    def merged(self, schema: Schema, value: Any) -> Schema:
        """A schema with its references and combinations put together; of alternatives the one that fits a value."""
        schema = self._resolved(schema)
        if not {"allOf", "oneOf", "anyOf"} & schema.keys():
            return schema
        chosen = [self._alternative(schema[name], value) for name in ("oneOf", "anyOf") if name in schema]
        key = (id(schema), *map(id, chosen))
        if key not in self._merged:
            out = {name: part for name, part in schema.items() if name not in {"allOf", "oneOf", "anyOf"}}
            for part in (*schema.get("allOf", ()), *chosen):
                out = both(out, self.merged(part, value) if isinstance(part, Mapping) else {})
            self._merged[key] = out
            self._kept += [schema, *chosen]
        return self._merged[key]

    def _alternative(self, parts: list[Schema], value: Any) -> Schema:
        real = [part for part in parts if isinstance(part, Mapping) and part != {"type": "null"}]
        if value is not UNKNOWN:
            for part in parts:
                if isinstance(part, Mapping) and self.fits(part, value):
                    return part
        if isinstance(value, Mapping):
            # The one that has most of its members.
            return max(real, key=lambda part: len(value.keys() & self.members(part)), default={})
        return real[0] if real else {}

    def members(self, schema: Schema) -> frozenset[str]:
        """The names of the members that a schema describes, in any of its combinations."""
        found: set[str] = set()
        seen: set[int] = set()
        waiting = [schema]
        while waiting:
            part = waiting.pop()
            part = self._resolved(part) if isinstance(part, Mapping) else {}
            if id(part) in seen:
                continue
            seen.add(id(part))
            found |= part.get("properties", {}).keys()
            waiting += [below for name in ("allOf", "anyOf", "oneOf") for below in part.get(name, ())]
        return frozenset(found)

    def bound(self, schema: Schema) -> frozenset[str]:
        """The members of an object for which another value of the same form may not fit."""
        properties = self.merged(schema, UNKNOWN).get("properties", {})
        return frozenset(name for name, part in properties.items() if is_bound(part, self._resolved))

    def at(self, schema: Schema, way: tuple[str, ...]) -> Schema:
        """The schema at the end of a way through members."""
        for name in way:
            part = self.merged(schema, UNKNOWN).get("properties", {}).get(name, {})
            schema = part if isinstance(part, Mapping) else {}
        return schema

    def items(self, schema: Schema) -> Schema:
        """The schema of the entries of a list."""
        part = self.merged(schema, UNKNOWN).get("items", {})
        return part if isinstance(part, Mapping) else {}

    def _resolved(self, schema: Schema) -> Schema:
        if "$ref" not in schema:
            return schema
        target = resolve(self._schemas, schema)
        if len(schema) == 1:
            return target
        if id(schema) not in self._beside:
            self._beside[id(schema)] = {**target, **{name: part for name, part in schema.items() if name != "$ref"}}
            self._kept.append(schema)
        return self._beside[id(schema)]

    def _takes(self, schema: Schema, kind: str) -> bool:
        types = _types(schema)
        return not types or kind in types


def _types(schema: Schema) -> frozenset[str]:
    named = schema.get("type", ())
    return frozenset([named] if isinstance(named, str) else named)
