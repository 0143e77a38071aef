"""The resource types of an API, compiled: ids, the values that the server sets, the view of a record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

import jsonschema_rs
import orjson

from understudy.mock_server.data.due import DueChange
from understudy.mock_server.data.generators import Generator, Source, compile_generator
from understudy.mock_server.http.template import compile_template
from understudy.mock_server.store import Row, Table
from understudy.mock_server.values.ids import Ids
from understudy.specs import Contract, Resource
from understudy.specs.contract import DUE_AT, Count

Record = dict[str, Any]

#: Stands for the address of the API in stored bytes and is replaced when they are sent. It is a valid URI, so that
#: values built on it fit `format: uri`.
BASE = "http://base-7d1c0e5a9b42.invalid"
BASE_BYTES = BASE.encode()

#: Beside these keywords a schema says nothing more of the members of an object.
_PLAIN = frozenset(["type", "required", "properties", "additionalProperties", "title", "description", "example"])

_NONE: frozenset[str] = frozenset()


class ContractViolationError(Exception):
    """A record violates its own contract: an error of the mock, not of the caller."""


class ResourceTypes:
    """All resource types of one contract, compiled."""

    def __init__(
        self,
        contract: Contract,
        seed: int,
        locales: tuple[str, ...],
        registry: jsonschema_rs.Registry | None = None,
    ) -> None:
        #: What finds the schemas that others refer to; whoever has it already saves the memory of another.
        self.registry = registry or jsonschema_rs.Registry([(contract.uri, contract.schemas)])
        self.contract = contract
        self._by_name = {
            name: ResourceType(contract, resource, seed, locales, self.registry)
            for name, resource in contract.resources.items()
        }
        for resource_type in self._by_name.values():
            for prop, reference in resource_type.spec.references.items():
                self._by_name[reference.resource].referrers.append((resource_type, prop))
            for prop, reference_name in resource_type.spec.embeds.items():
                embedded = resource_type.spec.references[reference_name].resource
                self._by_name[embedded].embedders.append((resource_type, reference_name))
                resource_type.embeds[prop] = (reference_name, self._by_name[embedded])
            for prop, count in resource_type.spec.counts.items():
                self._by_name[count.resource].counters.append((resource_type, count))
                resource_type.counts[prop] = (count, self._by_name[count.resource])

    def __getitem__(self, name: str) -> ResourceType:
        return self._by_name[name]

    def __iter__(self) -> Any:
        return iter(self._by_name.values())

    @property
    def tables(self) -> list[Table]:
        """The tables of this contract in the store."""
        return [resource_type.table for resource_type in self]


class ResourceType:
    """A resource type with everything that is needed to make, store and show its records."""

    def __init__(
        self,
        contract: Contract,
        spec: Resource,
        seed: int,
        locales: tuple[str, ...],
        registry: jsonschema_rs.Registry,
    ) -> None:
        self.spec = spec
        self.name = spec.name
        self.table = Table(f"{contract.api}.{spec.name}", spec.columns())
        self.ids = Ids(spec.identity, f"{seed}/{contract.api}/{spec.name}".encode())
        self.id_property = spec.identity.property
        self.referrers: list[tuple[ResourceType, str]] = []
        self.embedders: list[tuple[ResourceType, str]] = []
        self.counters: list[tuple[ResourceType, Count]] = []
        self.embeds: dict[str, tuple[str, ResourceType]] = {}
        self.counts: dict[str, tuple[Count, ResourceType]] = {}
        #: What its values are drawn from.
        self.source = source = Source(
            f"{contract.api}/{spec.name}",
            seed,
            datetime.fromisoformat(contract.seed["epoch"]),
            locales,
        )
        self.values: dict[str, Generator] = {
            name: compile_generator(generator, name, source) for name, generator in spec.values.items()
        }
        self.inputs = {
            prop: generator["input"] if isinstance(generator["input"], str) else generator["input"]["member"]
            for prop, generator in spec.values.items()
            if isinstance(generator, Mapping) and set(generator) == {"input"}
        }
        #: Properties that hold the time of the last change.
        self.changed = tuple(
            prop
            for prop, generator in spec.values.items()
            if isinstance(generator, Mapping) and set(generator) == {"changed"}
        )
        #: What time changes.
        self.due = tuple(
            DueChange(each, {name: compile_generator(value, name, source) for name, value in each.set.items()})
            for each in spec.due
        )
        self._indexed = tuple(name for name in self.table.columns if name != DUE_AT)
        #: Every operation of an inferred contract shows records in its own way.
        self._whole = contract.inferred
        self._hidden = spec.hidden()
        self._view = compile_template(spec.view) if spec.view is not None else None
        schema = contract.schemas["components"]["schemas"].get(spec.schema, {}) if spec.schema else {}
        self._plain_schema = schema if set(schema) <= _PLAIN else {}
        self.shown = tuple(schema.get("properties", {}))
        self._shown_by_default = tuple(name for name in self.shown if name not in self._hidden)
        checked = spec.schema is not None and not self._whole
        self._schema = {"$ref": f"{contract.uri}#/components/schemas/{spec.schema}"} if checked else None
        self._registry = registry

    @cached_property
    def _validator(self) -> jsonschema_rs.Draft202012Validator | None:
        """Compiled when the first record is made, since a server seldom serves every resource."""
        return None if self._schema is None else self._compiled(self._schema)

    @cached_property
    def _apart(self) -> frozenset[str]:
        """The embedded views that are not validated again with each view that shows them.

        They stand where the schema refers to the one under which they were validated when they were written.
        """
        if self._schema is None or self._view is not None:
            return _NONE
        members = self._plain_schema.get("properties", {})
        return frozenset(
            prop
            for prop, (_, embedded) in self.embeds.items()
            if prop in self._shown_by_default and embedded._schema is not None and members.get(prop) == embedded._schema
        )

    @cached_property
    def _rest_validator(self) -> jsonschema_rs.Draft202012Validator:
        """Validates a view in which nothing stands for the embedded views that are validated apart."""
        members = {**self._plain_schema["properties"], **{name: {"type": "null"} for name in self._apart}}
        return self._compiled({**self._plain_schema, "properties": members})

    def _compiled(self, schema: dict[str, Any]) -> jsonschema_rs.Draft202012Validator:
        return jsonschema_rs.Draft202012Validator(schema, registry=self._registry, validate_formats=True)

    def view(self, record: Mapping[str, Any], parts: Mapping[str, Any], opt_ins: frozenset[str] = _NONE) -> Any:
        """The JSON object for clients. `opt_ins` holds tokens for optional properties.

        `parts` holds counts and embedded views, those as the JSON that is stored of them.
        """
        if self._whole:
            return record
        if parts:
            record = {**record, **{name: _decoded(part) for name, part in parts.items()}}
        if self._view is not None:
            return self._view({**record, "base": BASE})
        if not opt_ins or not self._hidden:
            return self._shown(record)
        optional = self.spec.optional
        hidden = self._hidden.difference(*(optional[token] for token in opt_ins if token in optional))
        return {name: record[name] for name in self.shown if name not in hidden and name in record}

    def _shown(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """What is shown without any token."""
        return {name: record[name] for name in self._shown_by_default if name in record}

    def check(self, view: Any, of: str = "") -> None:
        """Raises ContractViolationError if a JSON object violates the contract; `of` is the record's number."""
        if self._validator is not None and not self._validator.is_valid(view):
            error = next(iter(self._validator.iter_errors(view)))
            place = "/".join(str(step) for step in error.instance_path)
            what = " ".join(filter(None, [self.table.name, place, of and f"of record {of}"]))
            raise ContractViolationError(f"{what}: {error.message}")

    def row(self, seq: int, record: Record, parts: Mapping[str, Any]) -> Row:
        """The record as a row of the store, its default view validated against the contract."""
        view = self._checked(seq, record, parts)
        # Copied, since the buffer that orjson returns is larger than its content.
        return Row(
            seq,
            str(record[self.id_property]),
            bytes(memoryview(orjson.dumps(record))),
            bytes(memoryview(orjson.dumps(view))),
            (*map(record.get, self._indexed), self.due_at(record))
            if self.due
            else tuple(map(record.get, self._indexed)),
        )

    def _checked(self, seq: int, record: Record, parts: Mapping[str, Any]) -> Any:
        """The default view, in which embedded views that were validated before stand as the JSON that is stored."""
        apart = {name: parts[name] for name in self._apart if parts.get(name) is not None} if parts else {}
        if apart and apart.keys() == self._apart:
            rest = {name: None if name in apart else _decoded(part) for name, part in parts.items()}
            view = self._shown({**record, **rest})
            if self._rest_validator.is_valid(view):
                for name, body in apart.items():
                    view[name] = orjson.Fragment(body)
                return view
        view = self.view(record, parts)
        self.check(view, str(seq))
        return view

    @property
    def due_on(self) -> list[str]:
        """The properties on which the moment of the next change depends."""
        return list(dict.fromkeys(name for each in self.spec.due for name in (each.at, *each.where)))

    def due_at(self, record: Mapping[str, Any]) -> str | None:
        """The moment at which a record changes next, None if time does not change it."""
        return min(filter(None, (each.moment(record) for each in self.due)), default=None)


def _decoded(part: Any) -> Any:
    return orjson.loads(part) if type(part) is bytes else part
