"""One resource of one API as the engine works with it: ids, what the server sets, how a record is shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

import jsonschema_rs
import orjson

from understudy.mock_server.data.generators import Generator, Source, compile_generator
from understudy.mock_server.http.template import compile_template
from understudy.mock_server.store import Row, Table
from understudy.mock_server.values.ids import Ids
from understudy.specs import Contract, Resource
from understudy.specs.contract import Count

Record = dict[str, Any]

#: Stands for the address of the API in bytes that are kept; replaced when they are sent. It is an address itself, so
#: that what is built on it fits `format: uri`.
BASE = "http://base-7d1c0e5a9b42.invalid"
BASE_BYTES = BASE.encode()

_NONE: frozenset[str] = frozenset()


class ContractViolationError(Exception):
    """A record does not fit its own contract: a fault of ours, never of the caller."""


class ResourceTypes:
    """All resources of one contract, compiled."""

    def __init__(self, contract: Contract, seed: int, locales: tuple[str, ...]) -> None:
        registry = jsonschema_rs.Registry([(contract.uri, contract.schemas)])
        self.contract = contract
        self._by_name = {
            name: ResourceType(contract, resource, seed, locales, registry)
            for name, resource in contract.resources.items()
        }
        for kept in self._by_name.values():
            for prop, reference in kept.spec.references.items():
                self._by_name[reference.resource].referrers.append((kept, prop))
            for prop, reference_name in kept.spec.embeds.items():
                embedded = kept.spec.references[reference_name].resource
                self._by_name[embedded].embedders.append((kept, reference_name))
                kept.embeds[prop] = (reference_name, self._by_name[embedded])
            for prop, count in kept.spec.counts.items():
                self._by_name[count.resource].counters.append((kept, count))
                kept.counts[prop] = (count, self._by_name[count.resource])

    def __getitem__(self, name: str) -> ResourceType:
        return self._by_name[name]

    def __iter__(self) -> Any:
        return iter(self._by_name.values())

    @property
    def tables(self) -> list[Table]:
        """The tables that the store keeps for this contract."""
        return [kept.table for kept in self]


class ResourceType:
    """A resource with everything compiled that is needed to make, keep and show its records."""

    def __init__(
        self,
        contract: Contract,
        told: Resource,
        seed: int,
        locales: tuple[str, ...],
        registry: jsonschema_rs.Registry,
    ) -> None:
        self.spec = told
        self.name = told.name
        self.table = Table(f"{contract.api}.{told.name}", told.columns())
        self.ids = Ids(told.identity, f"{seed}/{contract.api}/{told.name}".encode())
        self.id_property = told.identity.property
        self.referrers: list[tuple[ResourceType, str]] = []
        self.embedders: list[tuple[ResourceType, str]] = []
        self.counters: list[tuple[ResourceType, Count]] = []
        self.embeds: dict[str, tuple[str, ResourceType]] = {}
        self.counts: dict[str, tuple[Count, ResourceType]] = {}
        source = Source(
            f"{contract.api}/{told.name}",
            seed,
            datetime.fromisoformat(contract.seed["epoch"]),
            locales,
        )
        self.values: dict[str, Generator] = {
            name: compile_generator(spec, name, source) for name, spec in told.values.items()
        }
        self.inputs = {
            prop: spec["input"]
            for prop, spec in told.values.items()
            if isinstance(spec, Mapping) and set(spec) == {"input"}
        }
        #: Properties that tell when the record was last changed.
        self.changed = tuple(
            prop for prop, spec in told.values.items() if isinstance(spec, Mapping) and set(spec) == {"changed"}
        )
        self._hidden = told.hidden()
        self._view = compile_template(told.view) if told.view is not None else None
        schema = contract.schemas["components"]["schemas"].get(told.schema, {}) if told.schema else {}
        self.shown = tuple(schema.get("properties", {}))
        self._schema = {"$ref": f"{contract.uri}#/components/schemas/{told.schema}"} if told.schema else None
        self._registry = registry

    @cached_property
    def _validator(self) -> jsonschema_rs.Draft202012Validator | None:
        """Compiled when the first record is made: a server is seldom asked for every resource."""
        if self._schema is None:
            return None
        return jsonschema_rs.Draft202012Validator(self._schema, registry=self._registry, validate_formats=True)

    def view(self, record: Mapping[str, Any], parts: Mapping[str, Any], asked: frozenset[str] = _NONE) -> Any:
        """The wire object. `parts` holds embedded objects and counts; `asked` the opt-in tokens."""
        if self._view is not None:
            return self._view({**record, **parts, "base": BASE})
        hidden = self._hidden
        if asked and hidden:
            told = self.spec.optional
            hidden = hidden.difference(*(told[token] for token in asked if token in told))
        out = {}
        for name in self.shown:
            if name in hidden:
                continue
            if name in parts:
                out[name] = parts[name]
            elif name in record:
                out[name] = record[name]
        return out

    def check(self, view: Any, of: str = "") -> None:
        """Raises ContractViolationError when a wire object does not fit the contract; `of` is the record's number."""
        if self._validator is not None and not self._validator.is_valid(view):
            error = next(iter(self._validator.iter_errors(view)))
            place = "/".join(str(step) for step in error.instance_path)
            what = " ".join(filter(None, [self.table.name, place, of and f"of record {of}"]))
            raise ContractViolationError(f"{what}: {error.message}")

    def row(self, seq: int, record: Record, parts: Mapping[str, Any]) -> Row:
        """The record as the store keeps it, its default view checked against the contract."""
        view = self.view(record, parts)
        self.check(view, str(seq))
        # A copy: the buffer that orjson hands out is larger than what it holds.
        return Row(
            seq,
            str(record[self.id_property]),
            bytes(memoryview(orjson.dumps(record))),
            bytes(memoryview(orjson.dumps(view))),
            tuple(map(record.get, self.table.columns)),
        )
