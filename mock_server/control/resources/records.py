"""Reading and changing any record directly. Views, counts and derived properties stay consistent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from understudy.mock_server.control.requests import NO_CONTENT, ControlReply, ControlRequest, open_state
from understudy.mock_server.control.resources.checks import check_deletable, check_deleted, check_members, check_written
from understudy.mock_server.data.generators import RecordDraft, fill
from understudy.mock_server.data.resource_types import Record, ResourceType
from understudy.mock_server.engine.inferred.placing import place_new
from understudy.mock_server.engine.state import State
from understudy.mock_server.http.errors import BadRequestError, NotFoundError

#: Generators whose value depends only on other properties of the record.
_DERIVING = frozenset({"template", "holds", "first_word", "timestamp"})

_NAME = re.compile(r"\{([A-Za-z_]\w*)")


async def list_resources(request: ControlRequest) -> ControlReply:
    """The resources of every API, with their numbers of records."""
    resources = []
    for api, served_api in request.context.served_apis.items():
        async with open_state(request, served_api) as state:
            for resource_type in served_api.resources:
                count = await state.count(resource_type.name)
                lookups = list(resource_type.table.columns)
                resources.append(
                    {
                        "api": api,
                        "resource": resource_type.name,
                        "count": count,
                        "id": resource_type.id_property,
                        "lookups": lookups,
                    }
                )
    return ControlReply(200, {"resources": resources})


async def list_records(request: ControlRequest) -> ControlReply:
    """Records, whoever owns them."""
    resource_type = request.resource_type()
    where = _where(resource_type, request.query.get("where") or ())
    async with open_state(request, request.served_api()) as state:
        count = await state.count(resource_type.name, where)
        records = await state.find(
            resource_type.name, where, request.query["order"], int(request.query["limit"]), int(request.query["offset"])
        )
    return ControlReply(200, {"records": records, "count": count})


async def make_record(request: ControlRequest) -> ControlReply:
    """Create a record as the API does; the default caller owns it unless the body names another owner."""
    resource_type = request.resource_type()
    inputs, served_api = {**_owner(request), **request.body}, request.served_api()
    async with open_state(request, served_api, write=True) as state:
        await check_members(served_api, state, resource_type, inputs, inputs)
        if served_api.records is None:
            record = await state.make(resource_type.name, inputs)
        else:
            record = await place_new(served_api.records, resource_type, state, inputs)
        await check_members(served_api, state, resource_type, record)
        return ControlReply(201, await _written(request, state, resource_type, record))


async def get_record(request: ControlRequest) -> ControlReply:
    """A record, as stored and as the API shows it."""
    async with open_state(request, request.served_api()) as state:
        return ControlReply(200, await _as_dict(state, request.resource_type(), await _existing(request, state)))


async def put_record(request: ControlRequest) -> ControlReply:
    """Replace a record, or create one with this id; owned as with `make_record`."""
    resource_type = request.resource_type()
    async with open_state(request, request.served_api(), write=True) as state:
        record = {**_owner(request), **request.body, resource_type.id_property: _id(resource_type, request.path["id"])}
        await check_members(request.served_api(), state, resource_type, record, record)
        if await state.get(resource_type.name, request.path["id"]) is not None:
            await check_members(request.served_api(), state, resource_type, record)
            await state.save(resource_type.name, record)
            return ControlReply(200, await _written(request, state, resource_type, record))
        number = await state.tx.take(resource_type.table.name)
        draft = RecordDraft(number, record, state.now(), request.body, number=number)
        referenced = {
            prop: await state.get(reference.resource, record[prop]) or {}
            for prop, reference in resource_type.spec.references.items()
            if record.get(prop) is not None
        }
        draft.referenced = lambda name: referenced.get(name, {})
        fill({name: generate for name, generate in resource_type.values.items() if name not in record}, draft)
        await check_members(request.served_api(), state, resource_type, record)
        await state.place(resource_type.name, (number, record))
        return ControlReply(201, await _written(request, state, resource_type, record))


async def patch_record(request: ControlRequest) -> ControlReply:
    """Change some properties; those derived from them follow."""
    resource_type = request.resource_type()
    async with open_state(request, request.served_api(), write=True) as state:
        record = await _existing(request, state)
        if (
            request.body.get(resource_type.id_property, record[resource_type.id_property])
            != record[resource_type.id_property]
        ):
            raise BadRequestError(
                f"{resource_type.id_property}: cannot be changed; create a record with the new id and delete this one."
            )
        await check_members(request.served_api(), state, resource_type, record | request.body, request.body)
        record |= request.body
        _derive(resource_type, record, frozenset(request.body), state.now())
        await state.save(resource_type.name, record)
        return ControlReply(200, await _written(request, state, resource_type, record))


async def delete_record(request: ControlRequest) -> ControlReply:
    """Delete a record and those that depend on it."""
    resource_type = request.resource_type()
    async with open_state(request, request.served_api(), write=True) as state:
        record = await _existing(request, state)
        check_deletable(request.served_api(), resource_type, record)
        await state.remove(resource_type.name, record[resource_type.id_property])
        await check_deleted(request.served_api(), await request.session(), state, resource_type, record)
    return NO_CONTENT


async def _existing(request: ControlRequest, state: State) -> Record:
    """The record that the path names. Raises NotFoundError."""
    resource_type = request.resource_type()
    record = await state.get(resource_type.name, request.path["id"])
    if record is None:
        raise NotFoundError(
            f"There is no {resource_type.name.replace('_', ' ')} {request.path['id']!r} in this session."
        )
    return record


async def _written(
    request: ControlRequest, state: State, resource_type: ResourceType, record: Record
) -> dict[str, Any]:
    await check_written(request.served_api(), await request.session(), state, resource_type, record)
    return await _as_dict(state, resource_type, record)


async def _as_dict(state: State, resource_type: ResourceType, record: Record) -> dict[str, Any]:
    return {"record": record, "shown": await state.shown(resource_type.name, record)}


def _owner(request: ControlRequest) -> dict[str, Any]:
    """The member that makes the default caller the owner, if records of the resource have an owner."""
    owner = request.resource_type().spec.owner
    values = request.served_api().contract.seed["callers"][0].get("values", {})
    return {} if owner is None else {owner: values.get(owner)}


def _id(resource_type: ResourceType, text: str) -> str | int:
    return int(text) if resource_type.spec.identity.form == "serial" and text.isdigit() else text


def _where(resource_type: ResourceType, conditions: Iterable[str]) -> dict[str, Any]:
    """A store condition from `property:value` texts. Raises BadRequestError."""
    where: dict[str, Any] = {}
    for condition in conditions:
        name, _, text = condition.partition(":")
        if name not in resource_type.table.columns:
            known = ", ".join(resource_type.table.columns) or "none"
            raise BadRequestError(f"where={condition} is not possible: indexed properties are {known}.")
        where[name] = _values(text)
    return where


def _values(text: str) -> Any:
    """The values that a text may stand for: itself, or the JSON value that it spells."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    return None if value is None else [text, value] if isinstance(value, bool | int | float) else text


def _derive(resource_type: ResourceType, record: Record, changed: frozenset[str], now: str) -> None:
    """Recompute the properties that derive from changed ones, unless they were changed themselves."""
    affected = set(changed)
    for name, generator in resource_type.spec.values.items():
        if name not in changed and affected & _sources(generator):
            draft = RecordDraft(0, record, now, number=0)
            fill({name: resource_type.values[name]}, draft)
            affected.add(name)


def _sources(generator: Any) -> frozenset[str]:
    """The properties from which a generated value derives."""
    if not isinstance(generator, Mapping) or not _DERIVING.issuperset(generator):
        return frozenset()
    options = next(iter(generator.values()))
    if isinstance(options, Mapping):
        return frozenset(name for names in options.values() for name in names)
    return frozenset(_NAME.findall(options)) if "{" in options else frozenset({options})
