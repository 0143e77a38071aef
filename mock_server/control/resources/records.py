"""Any record of any resource, seen and changed directly. Views, counts and what follows from a property stay right."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from understudy.mock_server.control.requests import NO_CONTENT, Answer, ControlRequest, opened
from understudy.mock_server.control.resources.checks import check_deletable, check_deleted, check_members, check_written
from understudy.mock_server.data.generators import RecordDraft, fill
from understudy.mock_server.data.resource_types import Record, ResourceType
from understudy.mock_server.engine.state import State
from understudy.mock_server.http.errors import BadRequestError, NotFoundError

#: Generators whose value follows from other properties of the record, and from nothing else.
_FOLLOWING = frozenset({"template", "holds", "first_word", "timestamp"})

_NAME = re.compile(r"\{([A-Za-z_]\w*)")


async def list_resources(asked: ControlRequest) -> Answer:
    """What the store keeps, and how much of it."""
    told = []
    for api, mounted in asked.desk.mounted.items():
        async with opened(asked, mounted) as state:
            for kept in mounted.resources:
                count = await state.count(kept.name)
                lookups = list(kept.table.columns)
                told.append(
                    {"api": api, "resource": kept.name, "count": count, "id": kept.id_property, "lookups": lookups}
                )
    return Answer(200, {"resources": told})


async def list_records(asked: ControlRequest) -> Answer:
    """Records of everybody."""
    kept = asked.kept()
    where = _where(kept, asked.query.get("where") or ())
    async with opened(asked, asked.mounted()) as state:
        count = await state.count(kept.name, where)
        found = await state.find(
            kept.name, where, asked.query["order"], int(asked.query["limit"]), int(asked.query["offset"])
        )
    return Answer(200, {"records": found, "count": count})


async def make_record(asked: ControlRequest) -> Answer:
    """Make a record as the API makes one; the default caller owns it unless it says otherwise."""
    kept = asked.kept()
    inputs = {**_owner(asked), **asked.body}
    async with opened(asked, asked.mounted(), write=True) as state:
        await check_members(asked.mounted(), state, kept, inputs, inputs)
        record = await state.make(kept.name, inputs)
        await check_members(asked.mounted(), state, kept, record)
        return Answer(201, await _written(asked, state, kept, record))


async def get_record(asked: ControlRequest) -> Answer:
    """A record, and how the API shows it."""
    async with opened(asked, asked.mounted()) as state:
        return Answer(200, await _told(state, asked.kept(), await _wanted(asked, state)))


async def put_record(asked: ControlRequest) -> Answer:
    """Put a record in the place of another one, or a new one under this id; owned as `make_record` tells."""
    kept = asked.kept()
    async with opened(asked, asked.mounted(), write=True) as state:
        record = {**_owner(asked), **asked.body, kept.id_property: _id(kept, asked.path["id"])}
        await check_members(asked.mounted(), state, kept, record, record)
        if await state.get(kept.name, asked.path["id"]) is not None:
            await check_members(asked.mounted(), state, kept, record)
            await state.save(kept.name, record)
            return Answer(200, await _written(asked, state, kept, record))
        number = await state.tx.take(kept.table.name)
        draft = RecordDraft(number, record, state.now(), asked.body, number=number)
        referenced = {
            prop: await state.get(reference.resource, record[prop]) or {}
            for prop, reference in kept.spec.references.items()
            if record.get(prop) is not None
        }
        draft.referenced = lambda name: referenced.get(name, {})
        fill({name: generate for name, generate in kept.values.items() if name not in record}, draft)
        await check_members(asked.mounted(), state, kept, record)
        await state.place(kept.name, (number, record))
        return Answer(201, await _written(asked, state, kept, record))


async def patch_record(asked: ControlRequest) -> Answer:
    """Change some properties; what follows from them follows."""
    kept = asked.kept()
    async with opened(asked, asked.mounted(), write=True) as state:
        record = await _wanted(asked, state)
        if asked.body.get(kept.id_property, record[kept.id_property]) != record[kept.id_property]:
            raise BadRequestError(f"{kept.id_property} cannot be changed; put a new record and delete this one.")
        await check_members(asked.mounted(), state, kept, record | asked.body, asked.body)
        record |= asked.body
        _follow(kept, record, frozenset(asked.body), state.now())
        await state.save(kept.name, record)
        return Answer(200, await _written(asked, state, kept, record))


async def delete_record(asked: ControlRequest) -> Answer:
    """Delete a record with what cannot be without it."""
    kept = asked.kept()
    async with opened(asked, asked.mounted(), write=True) as state:
        record = await _wanted(asked, state)
        check_deletable(asked.mounted(), kept, record)
        await state.remove(kept.name, record[kept.id_property])
        await check_deleted(asked.mounted(), await asked.session(), state, kept, record)
    return NO_CONTENT


async def _wanted(asked: ControlRequest, state: State) -> Record:
    kept = asked.kept()
    record = await state.get(kept.name, asked.path["id"])
    if record is None:
        raise NotFoundError(f"There is no {kept.name.replace('_', ' ')} {asked.path['id']!r} in this session.")
    return record


async def _written(asked: ControlRequest, state: State, kept: ResourceType, record: Record) -> dict[str, Any]:
    await check_written(asked.mounted(), await asked.session(), state, kept, record)
    return await _told(state, kept, record)


async def _told(state: State, kept: ResourceType, record: Record) -> dict[str, Any]:
    return {"record": record, "shown": await state.shown(kept.name, record)}


def _owner(asked: ControlRequest) -> dict[str, Any]:
    """The member that makes the default caller the owner, where records of the resource have one."""
    owner = asked.kept().spec.owner
    values = asked.mounted().contract.seed["callers"][0].get("values", {})
    return {} if owner is None else {owner: values.get(owner)}


def _id(kept: ResourceType, text: str) -> str | int:
    return int(text) if kept.spec.identity.form == "serial" and text.isdigit() else text


def _where(kept: ResourceType, told: Iterable[str]) -> dict[str, Any]:
    where: dict[str, Any] = {}
    for each in told:
        name, _, text = each.partition(":")
        if name not in kept.table.columns:
            known = ", ".join(kept.table.columns) or "none"
            raise BadRequestError(f"where={each} is not possible: looked up are {known}.")
        where[name] = _values(text)
    return where


def _values(text: str) -> Any:
    """What a text may stand for: itself, or the JSON value that it spells."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    return None if value is None else [text, value] if isinstance(value, bool | int | float) else text


def _follow(kept: ResourceType, record: Record, changed: frozenset[str], now: str) -> None:
    """Set anew what follows from changed properties, unless it was changed itself."""
    moved = set(changed)
    for name, told in kept.spec.values.items():
        if name not in changed and moved & _sources(told):
            draft = RecordDraft(0, record, now, number=0)
            fill({name: kept.values[name]}, draft)
            moved.add(name)


def _sources(told: Any) -> frozenset[str]:
    """The properties from which a value follows."""
    if not isinstance(told, Mapping) or not _FOLLOWING.issuperset(told):
        return frozenset()
    options = next(iter(told.values()))
    if isinstance(options, Mapping):
        return frozenset(name for names in options.values() for name in names)
    return frozenset(_NAME.findall(options)) if "{" in options else frozenset({options})
