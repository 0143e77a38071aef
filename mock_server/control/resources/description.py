"""What a person who edits records or tries operations needs to know of an API: its records' schemas, and what exists."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from understudy.mock_server.control.requests import ControlReply, ControlRequest
from understudy.mock_server.control.resources.members import Members
from understudy.mock_server.data.resource_types import Record
from understudy.mock_server.engine.state import State
from understudy.mock_server.http.security.tokens import NOBODY, Caller
from understudy.specs import Contract, Operation
from understudy.specs.reading.references import look_up

#: Levels of objects of which a described schema shows the members.
DEPTH = 4

_NAME = re.compile(r"\{([^}]+)\}")


async def describe_resource(request: ControlRequest) -> ControlReply:
    """The schema of a resource's records as they are stored, and what their members refer to."""
    resource_type = request.resource_type()
    contract = request.served_api().contract
    spec = resource_type.spec
    references = {name: [reference.resource] for name, reference in spec.references.items()}
    references |= {name: list(resources) for name, resources in spec.mentions.items()}
    schema = _plain(contract, Members(contract, resource_type).schema, DEPTH)
    described = {
        "id": resource_type.id_property,
        "owner": spec.owner,
        "lookups": list(resource_type.table.columns),
        "references": references,
        "schema": schema,
    }
    return ControlReply(200, described)


async def list_samples(request: ControlRequest) -> ControlReply:
    """Values that exist, for the parameters and the bodies of every operation, as one caller may use them."""
    served_api = request.served_api()
    contract = served_api.contract
    token = request.query.get("token")
    caller = _caller(contract, token)
    session = await request.present_session()
    async with session.state.transaction(write=False) as tx:
        samples = _Samples(contract, session.state_in(tx, served_api.resources, caller))
        return ControlReply(
            200, {"operations": {name: await samples.of(each) for name, each in contract.operations.items()}}
        )


class _Samples:
    """Finds ids of records that a caller has."""

    def __init__(self, contract: Contract, state: State) -> None:
        self._contract = contract
        self._state = state
        self._records: dict[str, Record | None] = {}

    async def of(self, operation: Operation) -> dict[str, Any]:
        """The values for one operation, by the names of its parameters and of its body's members."""
        if operation.resource is None:
            return {"parameters": {}, "members": {}}
        resource_type = self._state.resources[operation.resource]
        record = await self._record(operation.resource) or {}
        parameters: dict[str, Any] = {}
        names = _NAME.findall(operation.path)
        for name in names:
            prop = operation.within.get(name)
            if prop is not None:
                parameters[name] = record.get(prop) or await self._id(resource_type.spec.references[prop].resource)
            elif name == names[-1] and resource_type.id_property in record:
                parameters[name] = record[resource_type.id_property]
        for name, prop in operation.filters.items():
            if prop in resource_type.spec.references and record.get(prop) is not None:
                parameters[name] = record[prop]
        members = {
            resource_type.inputs.get(prop, prop): await self._id(reference.resource)
            for prop, reference in resource_type.spec.references.items()
            if operation.body
        }
        return {"parameters": _given(parameters), "members": _given(members)}

    async def _id(self, resource: str) -> Any:
        record = await self._record(resource)
        return None if record is None else record.get(self._state.resources[resource].id_property)

    async def _record(self, resource: str) -> Record | None:
        if resource not in self._records:
            self._records[resource] = next(iter(await self._state.find(resource, limit=1)), None)
        return self._records[resource]


def _caller(contract: Contract, token: str | None) -> Caller:
    """The caller of a token, the first one if none is named."""
    callers = contract.seed["callers"]
    raw = next((each for each in callers if each["token"] == token), callers[0] if callers else None)
    return NOBODY if raw is None else Caller(raw["role"], raw.get("values", {}))


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _plain(contract: Contract, schema: Any, depth: int) -> Any:
    """A schema without references, as far as a form shows it."""
    if isinstance(schema, list):
        return [_plain(contract, each, depth) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    if "$ref" in schema:
        target = look_up(contract.schemas, str(schema["$ref"]).removeprefix(contract.uri))
        rest = {name: value for name, value in schema.items() if name != "$ref"}
        return _plain(contract, {**target, **rest}, depth) if isinstance(target, Mapping) else {}
    if depth == 0:
        return {name: value for name, value in schema.items() if name in {"type", "title", "description", "format"}}
    out: dict[str, Any] = {}
    for name, value in schema.items():
        if name == "properties":
            out[name] = {member: _plain(contract, each, depth - 1) for member, each in value.items()}
        elif not name.startswith("x-"):
            out[name] = _plain(contract, value, depth - 1)
    return out
