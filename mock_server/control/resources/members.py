"""Checks of record members: against the schema of the resource, the annotations, or else what the seed generates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import jsonschema_rs

from understudy.mock_server.data.resource_types import Record, ResourceType
from understudy.mock_server.engine.state import State
from understudy.mock_server.http.errors import FieldError
from understudy.mock_server.http.validation_errors import Schemas, field_errors_in
from understudy.specs import Contract, Resource
from understudy.specs.reading.template_names import names_in

Schema = Mapping[str, Any]

_ANY: Schema = {}
_NULL: Schema = {"type": "null"}
_TEXT: Schema = {"type": "string"}
_LIST: Schema = {"type": "array"}
_BOOLEAN: Schema = {"type": "boolean"}
_DATE_TIME: Schema = {"type": "string", "format": "date-time"}

#: The schemas of what the seed's generators make; a generator that is not listed may make anything.
_GENERATED: Mapping[str, Schema] = {
    "after": _DATE_TIME,
    "chance": _BOOLEAN,
    "changed": _DATE_TIME,
    "code": _TEXT,
    "date": {"type": "string", "format": "date"},
    "decimal": {"type": "number"},
    "first_word": _TEXT,
    "holds": _BOOLEAN,
    "integer": {"type": "integer"},
    "list": _LIST,
    "now": _DATE_TIME,
    "object": {"type": "object"},
    "pool": _TEXT,
    "reference": {"type": ["string", "integer"]},
    "sample": _LIST,
    "time": _DATE_TIME,
    "timestamp": _DATE_TIME,
    "token": _TEXT,
}


class Members:
    """Checks the members of a resource's records, except those that a view makes out of others."""

    def __init__(self, contract: Contract, resource_type: ResourceType) -> None:
        spec = resource_type.spec
        shown = _shown(contract, spec) - {*spec.embeds, *spec.counts}
        schemas: dict[str, list[Schema]] = {
            name: list(_generated_schemas(generator)) for name, generator in spec.values.items()
        }
        for population in contract.seed["populations"]:
            if population["resource"] == spec.name:
                for values in (population.get("values", {}), *population.get("records", [])):
                    for name, generator in values.items():
                        schemas.setdefault(name, []).extend(_generated_schemas(generator))
        declared = spec.kept.get("properties", {})
        known = {spec.identity.property, *shown, *schemas, *declared, *spec.columns(), *spec.mentions}
        seeded = {name: _union(alternatives) for name, alternatives in schemas.items() if name not in shown}
        self._resource_type = resource_type
        self._callers = contract.seed["callers"]
        #: What records have to fit.
        self.schema: Schema = {
            "type": "object",
            "properties": {
                **dict.fromkeys(sorted(known | _sent(contract, spec)), _ANY),
                **_shown_as_stored(contract, spec),
                **seeded,
                **declared,
            },
            "additionalProperties": False,
            "required": list(spec.kept.get("required", ())),
        }
        self._validator = Schemas(contract.uri, contract.schemas).compile(self.schema)

    async def field_errors(
        self, state: State, record: Record, written: Iterable[str] | None = None
    ) -> list[FieldError]:
        """The errors of a record; only those of the `written` members when they are given."""
        names = frozenset(record if written is None else written)
        errors = [
            field_error
            for field_error in field_errors_in(self._validator, record)
            if written is None or _member(field_error) in names
        ]
        wrong = {field_error.name for field_error in errors}
        spec = self._resource_type.spec
        targets: dict[str, tuple[str, ...]] = {
            name: (reference.resource,)
            for name, reference in spec.references.items()
            if written is not None or reference.on_delete != "keep"
        }
        # A record that is only mentioned may have been deleted since: it has to exist when the member is written.
        targets |= dict(spec.mentions) if written is not None else {}
        for name in sorted(names & targets.keys() - wrong):
            ids = record.get(name)
            ids = ids if isinstance(ids, list) and name in spec.mentions else [ids]
            if ids != [None] and not await _exist(state, targets[name], ids):
                what = " or ".join(resource.replace("_", " ") for resource in targets[name])
                errors.append(FieldError(name, f"does not name an existing {what}", f"/{name}"))
        if spec.owner in names - wrong:
            owners = list(dict.fromkeys(caller.get("values", {}).get(spec.owner) for caller in self._callers))
            if record.get(spec.owner) not in owners:
                known = ", ".join(str(owner) for owner in owners)
                errors.append(
                    FieldError(spec.owner, f"must be one of {known}, to which the tokens belong", f"/{spec.owner}")
                )
        return errors


def _member(field_error: FieldError) -> str:
    """The member of the record that contains an error."""
    return field_error.pointer.split("/")[1].replace("~1", "/").replace("~0", "~")


async def _exist(state: State, resources: Iterable[str], ids: Iterable[Any]) -> bool:
    """Whether every id is that of a record of one of the resources."""
    tables = [state.resources[name].table for name in resources]
    for id in ids:
        if not isinstance(id, str | int) or not any([await state.tx.get(table, str(id)) for table in tables]):
            return False
    return True


def _shown(contract: Contract, spec: Resource) -> frozenset[str]:
    """The members that some view shows; the schema of the reply checks them."""
    if spec.view is not None:
        return names_in(spec.view) - {"base"}
    return contract.members(contract.schemas["components"]["schemas"][spec.schema]) if spec.schema else frozenset()


def _shown_as_stored(contract: Contract, spec: Resource) -> dict[str, Schema]:
    """The schemas of the members that are shown as they are stored: those of the resource's own schema without a view."""
    if spec.view is not None or not spec.schema:
        return {}
    names = contract.schemas["components"]["schemas"][spec.schema].get("properties", {}).keys()
    place = f"{contract.uri}#/components/schemas/{spec.schema}/properties"
    return {name: {"$ref": f"{place}/{name}"} for name in names - {*spec.embeds, *spec.counts}}


def _sent(contract: Contract, spec: Resource) -> frozenset[str]:
    """The members that request bodies of a resource may have; they are stored as they are sent."""
    schemas = [
        schema
        for operation in contract.operations.values()
        if operation.resource == spec.name
        for schema in operation.body.values()
    ]
    return frozenset[str]().union(*(contract.members(schema) for schema in schemas))


def _generated_schemas(generator: Any) -> Iterator[Schema]:
    """The schemas of what a generator may make; none where it leaves the member out."""
    if not isinstance(generator, Mapping):
        yield _schema_of(generator)
        return
    [(kind, options)] = generator.items()
    if kind in {"cycle", "choice"}:
        for entry in options:
            yield from _generated_schemas(entry)
    elif kind == "maybe":
        yield _NULL
        yield from _generated_schemas(options["of"])
    elif kind == "const":
        yield _schema_of(options)
    elif kind == "template":
        yield _ANY if options.startswith("{") and options.endswith("}") else _TEXT
    elif kind != "omit":
        yield _GENERATED.get(kind, _ANY)


def _schema_of(value: Any) -> Schema:
    """The schema of values of the same kind."""
    if isinstance(value, str):
        fitting = (name for name, validator in _format_validators().items() if validator.is_valid(value))
        return next(({"type": "string", "format": name} for name in fitting), _TEXT)
    if value is None:
        return _NULL
    names = {bool: "boolean", int: "integer", float: "number", list: "array"}
    return {"type": names.get(type(value), "object")}


def _union(alternatives: Iterable[Schema]) -> Schema:
    """The schema of what any of some schemas allows; anything where they allow null only."""
    schemas = list(alternatives)
    if any("type" not in each for each in schemas):
        return _ANY
    types = {name for each in schemas for name in ([each["type"]] if isinstance(each["type"], str) else each["type"])}
    if types <= {"null"}:
        return _ANY
    formats = {each.get("format") for each in schemas if "string" in each["type"]}
    schema: Schema = {"type": sorted(types - ({"integer"} if "number" in types else set()))}
    return {**schema, "format": formats.pop()} if len(formats) == 1 and None not in formats else schema


@cache
def _format_validators() -> Mapping[str, jsonschema_rs.Draft202012Validator]:
    return {
        name: jsonschema_rs.Draft202012Validator({"format": name}, validate_formats=True)
        for name in ("date-time", "date")
    }
