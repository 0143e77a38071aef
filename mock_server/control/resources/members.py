"""What the members of a resource's records may be where no view shows them: as annotated, else as in the seed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import jsonschema_rs

from understudy.mock_server.data.resource_types import Record, ResourceType
from understudy.mock_server.engine.state import State
from understudy.mock_server.http.errors import FieldError
from understudy.mock_server.http.validation_errors import field_errors_in
from understudy.specs import Contract, Resource
from understudy.specs.reading.template_names import names_in

Schema = Mapping[str, Any]

_ANY: Schema = {}
_NULL: Schema = {"type": "null"}
_TEXT: Schema = {"type": "string"}
_LIST: Schema = {"type": "array"}
_TRUTH: Schema = {"type": "boolean"}
_MOMENT: Schema = {"type": "string", "format": "date-time"}

#: What the generators of a seed make; those that are not here may make anything.
_MADE: Mapping[str, Schema] = {
    "after": _MOMENT,
    "chance": _TRUTH,
    "changed": _MOMENT,
    "code": _TEXT,
    "date": {"type": "string", "format": "date"},
    "decimal": {"type": "number"},
    "first_word": _TEXT,
    "holds": _TRUTH,
    "integer": {"type": "integer"},
    "list": _LIST,
    "now": _MOMENT,
    "object": {"type": "object"},
    "pool": _TEXT,
    "reference": {"type": ["string", "integer"]},
    "sample": _LIST,
    "time": _MOMENT,
    "timestamp": _MOMENT,
    "token": _TEXT,
}


class Members:
    """Checks what no view shows of a resource's records."""

    def __init__(self, contract: Contract, kept: ResourceType) -> None:
        told = kept.spec
        shown = _shown(contract, told) - {*told.embeds, *told.counts}
        forms: dict[str, list[Schema]] = {name: list(_forms(spec)) for name, spec in told.values.items()}
        for population in contract.seed["populations"]:
            if population["resource"] == told.name:
                for values in (population.get("values", {}), *population.get("records", [])):
                    for name, spec in values.items():
                        forms.setdefault(name, []).extend(_forms(spec))
        declared = told.kept.get("properties", {})
        known = {told.identity.property, *shown, *forms, *declared, *told.columns(), *told.mentions}
        seeded = {name: _joined(found) for name, found in forms.items() if name not in shown}
        self._kept = kept
        self._callers = contract.seed["callers"]
        self._validator = jsonschema_rs.Draft202012Validator(
            {
                "type": "object",
                "properties": dict.fromkeys(known | _sent(contract, told), _ANY) | seeded | declared,
                "additionalProperties": False,
                "required": list(told.kept.get("required", ())),
            },
            registry=jsonschema_rs.Registry([(contract.uri, contract.schemas)]),
            validate_formats=True,
        )

    async def field_errors(
        self, state: State, record: Record, looked_at: Iterable[str] | None = None
    ) -> list[FieldError]:
        """What is wrong with a record; with some of its members alone when they are named."""
        names = frozenset(record if looked_at is None else looked_at)
        found = [
            field_error
            for field_error in field_errors_in(self._validator, record)
            if looked_at is None or _member(field_error) in names
        ]
        wrong = {field_error.name for field_error in found}
        told = self._kept.spec
        aims: dict[str, tuple[str, ...]] = {
            name: (reference.resource,)
            for name, reference in told.references.items()
            if looked_at is not None or reference.on_delete != "keep"
        }
        # What is only mentioned may be gone since: that is looked at when somebody writes it.
        aims |= dict(told.mentions) if looked_at is not None else {}
        for name in sorted(names & aims.keys() - wrong):
            ids = record.get(name)
            ids = ids if isinstance(ids, list) and name in told.mentions else [ids]
            if ids != [None] and not await _are_there(state, aims[name], ids):
                what = " or ".join(resource.replace("_", " ") for resource in aims[name])
                found.append(FieldError(name, f"names no {what}", f"/{name}"))
        if told.owner in names - wrong:
            owners = list(dict.fromkeys(caller.get("values", {}).get(told.owner) for caller in self._callers))
            if record.get(told.owner) not in owners:
                known = ", ".join(str(owner) for owner in owners)
                found.append(FieldError(told.owner, f"is nobody's: the tokens have {known}", f"/{told.owner}"))
        return found


def _member(field_error: FieldError) -> str:
    """The member of the record that a fault stands in."""
    return field_error.pointer.split("/")[1].replace("~1", "/").replace("~0", "~")


async def _are_there(state: State, resources: Iterable[str], ids: Iterable[Any]) -> bool:
    """Whether each of some ids is that of a record of one of some resources."""
    tables = [state.resources[name].table for name in resources]
    for id in ids:
        if not isinstance(id, str | int) or not any([await state.tx.get(table, str(id)) for table in tables]):
            return False
    return True


def _shown(contract: Contract, told: Resource) -> frozenset[str]:
    """The members that some view shows, so that the schema of the wire checks them."""
    if told.view is not None:
        return names_in(told.view) - {"base"}
    return contract.members(contract.schemas["components"]["schemas"][told.schema]) if told.schema else frozenset()


def _sent(contract: Contract, told: Resource) -> frozenset[str]:
    """The members that requests about a resource send; they are kept as they come."""
    schemas = [
        schema
        for operation in contract.operations.values()
        if operation.resource == told.name
        for schema in operation.body.values()
    ]
    return frozenset[str]().union(*(contract.members(schema) for schema in schemas))


def _forms(spec: Any) -> Iterator[Schema]:
    """What a generator may make; nothing where it leaves the member out."""
    if not isinstance(spec, Mapping):
        yield _form(spec)
        return
    [(kind, options)] = spec.items()
    if kind in {"cycle", "choice"}:
        for entry in options:
            yield from _forms(entry)
    elif kind == "maybe":
        yield _NULL
        yield from _forms(options["of"])
    elif kind == "const":
        yield _form(options)
    elif kind == "template":
        yield _ANY if options.startswith("{") and options.endswith("}") else _TEXT
    elif kind != "omit":
        yield _MADE.get(kind, _ANY)


def _form(value: Any) -> Schema:
    """The schema of values like this one."""
    if isinstance(value, str):
        fitting = (name for name, validator in _dated().items() if validator.is_valid(value))
        return next(({"type": "string", "format": name} for name in fitting), _TEXT)
    if value is None:
        return _NULL
    names = {bool: "boolean", int: "integer", float: "number", list: "array"}
    return {"type": names.get(type(value), "object")}


def _joined(forms: Iterable[Schema]) -> Schema:
    """The schema of whatever one of some schemas allows. Where the seed has null alone, it tells nothing."""
    told = list(forms)
    if any("type" not in form for form in told):
        return _ANY
    types = {name for form in told for name in ([form["type"]] if isinstance(form["type"], str) else form["type"])}
    if types <= {"null"}:
        return _ANY
    formats = {form.get("format") for form in told if "string" in form["type"]}
    schema: Schema = {"type": sorted(types - ({"integer"} if "number" in types else set()))}
    return {**schema, "format": formats.pop()} if len(formats) == 1 and None not in formats else schema


@cache
def _dated() -> Mapping[str, jsonschema_rs.Draft202012Validator]:
    return {
        name: jsonschema_rs.Draft202012Validator({"format": name}, validate_formats=True)
        for name in ("date-time", "date")
    }
