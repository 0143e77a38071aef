"""The records of a session as a JSON value, and back: for snapshot files, and for contracts that are reloaded."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import orjson

from understudy.mock_server.data.resource_types import Record, ResourceType, ResourceTypes
from understudy.mock_server.engine.state import State
from understudy.mock_server.http.errors import BadRequestError
from understudy.mock_server.sessions.served_api import ServedApi
from understudy.mock_server.sessions.sessions import Session
from understudy.mock_server.store import Transaction

#: The version of the file format.
FORMAT_VERSION = 1

#: The highest number of a record: far beyond any in use, and within the integers of every store.
MAX_NUMBER = 10**18 - 1

_NUMBER = re.compile("0|[1-9][0-9]{0,17}")

Dump = dict[str, Any]

#: Checks the loaded records of one API. Raises ApiError or ContractViolationError.
Check = Callable[[ServedApi, Session, State, Mapping[str, Any]], Awaitable[None]]


async def dump(session: Session, served_apis: Sequence[ServedApi]) -> Dump:
    """All records of a session: API -> resource -> its records by number, and the number of the next one."""
    async with session.state.transaction(write=False) as tx:
        return await _dump(served_apis, tx)


async def dump_snapshot(session: Session, served_apis: Sequence[ServedApi], name: str) -> Dump | None:
    """All records of a snapshot, in the same form; None if there is none with that name."""
    async with session.state.snapshot(name) as tx:
        return None if tx is None else await _dump(served_apis, tx)


async def load(
    session: Session, served_apis: Sequence[ServedApi], content: Mapping[str, Any], check: Check | None = None
) -> None:
    """Replace all records of the resources in a dump by those of the dump.

    Views and counts are recomputed, then `check` is called for each API. Raises BadRequestError for an API or a
    resource that is not served, and ContractViolationError for a record that does not fit its contract; then nothing
    is changed.
    """
    async with session.state.transaction(write=True) as tx:
        states = await _load(session, served_apis, content, tx, check)
    for state in states:
        state.committed()


async def load_snapshot(
    session: Session,
    served_apis: Sequence[ServedApi],
    name: str,
    content: Mapping[str, Any],
    check: Check | None = None,
) -> None:
    """Save as a snapshot what the records would be after `load`, which are not touched. Raises the same errors.

    What waits for a commit is not done: nothing happens to the session until the snapshot is restored.
    """
    async with session.state.draft(name) as tx:
        await _load(session, served_apis, content, tx, check)


async def _dump(served_apis: Sequence[ServedApi], tx: Transaction) -> Dump:
    apis: dict[str, Any] = {}
    for each in served_apis:
        resources = apis[each.contract.api] = {}
        for resource_type in each.resources:
            rows = await tx.rows(resource_type.table, {})
            records = {str(row.seq): orjson.loads(row.document) for row in rows}
            resources[resource_type.name] = {"next": await tx.following(resource_type.table.name), "records": records}
    return {"understudy": FORMAT_VERSION, "apis": apis}


async def _load(
    session: Session,
    served_apis: Sequence[ServedApi],
    content: Mapping[str, Any],
    tx: Transaction,
    check: Check | None,
) -> list[State]:
    served = {each.contract.api: each for each in served_apis}
    unknown = [api for api in content["apis"] if api not in served]
    if unknown:
        raise BadRequestError(
            f"The file contains records of {', '.join(unknown)}, which is not served here. The APIs are {', '.join(served)}."
        )
    states = []
    for api, resources in content["apis"].items():
        state = await _replace(session, served[api], resources, tx)
        if check is not None:
            await check(served[api], session, state, resources)
        states.append(state)
    return states


async def _replace(session: Session, served_api: ServedApi, resources: Mapping[str, Any], tx: Transaction) -> State:
    state = session.state_in(tx, served_api.resources)
    known = {resource_type.name for resource_type in served_api.resources}
    unknown = [name for name in resources if name not in known]
    if unknown:
        raise BadRequestError(f"{served_api.contract.api} has no resource {', '.join(unknown)}.")
    ordered = [resource_type for resource_type in in_order(served_api.resources) if resource_type.name in resources]
    for resource_type in ordered:
        await tx.remove(resource_type.table, [row.id for row in await tx.rows(resource_type.table, {})])
    for resource_type in ordered:
        content = resources[resource_type.name]
        numbered = _numbered(resource_type, content["records"])
        following = max([_next(resource_type, content["next"]), *(number + 1 for number, _ in numbered)])
        await state.place(resource_type.name, *numbered)
        missing = following - await tx.following(resource_type.table.name)
        if missing > 0:
            await tx.take(resource_type.table.name, missing)
    return state


def _next(resource_type: ResourceType, number: float) -> int:
    if number > MAX_NUMBER:
        raise BadRequestError(f"{resource_type.name}: next is too large: {number:g}.")
    return int(number)  # in JSON 3.0 is an integer, too


def _numbered(resource_type: ResourceType, records: Mapping[str, Record]) -> list[tuple[int, Record]]:
    pairs = []
    number_by_id: dict[str, str] = {}
    for number, record in records.items():
        if not _NUMBER.fullmatch(number):
            raise BadRequestError(f"{resource_type.name}: {number!r} is not a valid record number.")
        if resource_type.id_property not in record:
            raise BadRequestError(f"{resource_type.name} {number}: {resource_type.id_property} is missing.")
        other = number_by_id.setdefault(str(record[resource_type.id_property]), number)
        if other != number:
            raise BadRequestError(
                f"{resource_type.name} {number}: {resource_type.id_property} {record[resource_type.id_property]} "
                f"is also that of record {other}."
            )
        pairs.append((int(number), record))
    return sorted(pairs, key=lambda pair: pair[0])


def in_order(resources: ResourceTypes) -> list[ResourceType]:
    """The resource types, each after those that its records embed or count."""
    ordered: dict[str, ResourceType] = {}

    def visit(resource_type: ResourceType, ancestors: tuple[str, ...]) -> None:
        needed = [other for _, other in resource_type.embeds.values()] + [
            other for _, other in resource_type.counts.values()
        ]
        for other in needed:
            if other.name not in ancestors:
                visit(other, (*ancestors, resource_type.name))
        ordered.setdefault(resource_type.name, resource_type)

    for resource_type in resources:
        visit(resource_type, ())
    return list(ordered.values())
