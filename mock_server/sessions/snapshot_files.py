"""The records of a session as a JSON value, and back: for files, and for a contract that changes under them."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import orjson

from understudy.mock_server.data.resource_types import Record, ResourceType, ResourceTypes
from understudy.mock_server.engine.state import State
from understudy.mock_server.http.caller import NOBODY
from understudy.mock_server.http.errors import BadRequestError
from understudy.mock_server.sessions.served_api import ServedApi
from understudy.mock_server.sessions.sessions import Session
from understudy.mock_server.store import Transaction

#: The version of the form.
FORM = 1

#: The highest number of a record: far beyond any, and within what every store counts with.
LAST = 10**18 - 1

_NUMBER = re.compile("0|[1-9][0-9]{0,17}")

Dump = dict[str, Any]

#: Looks at the records of one API that were put in place. Raises ApiError or ContractViolationError for what is wrong with them.
Check = Callable[[ServedApi, Session, State, Mapping[str, Any]], Awaitable[None]]

#: The snapshot that holds what was put aside. No caller can name it: a name is not empty.
ASIDE = ""


async def dump(session: Session, mounted: Sequence[ServedApi]) -> Dump:
    """All records of a session: API -> resource -> its records by number, and the number of the next one."""
    apis: dict[str, Any] = {}
    async with session.state.transaction(write=True) as tx:
        for each in mounted:
            told = apis[each.contract.api] = {}
            for kept in each.resources:
                rows = await tx.rows(kept.table, {})
                records = {str(row.seq): orjson.loads(row.document) for row in rows}
                told[kept.name] = {"next": await tx.take(kept.table.name, 0), "records": records}
    return {"understudy": FORM, "apis": apis}


async def dump_snapshot(session: Session, mounted: Sequence[ServedApi], name: str) -> Dump:
    """The same of a snapshot that exists."""
    async with put_aside(session):
        await session.state.restore_snapshot(name)
        return await dump(session, mounted)


class put_aside:
    """The present records are put aside and come back. Nothing in between waits, unless the store is a remote one."""

    def __init__(self, session: Session) -> None:
        self._state = session.state

    async def __aenter__(self) -> None:
        await self._state.save_snapshot(ASIDE)

    async def __aexit__(self, *error: object) -> None:
        await self._state.restore_snapshot(ASIDE)
        await self._state.drop_snapshot(ASIDE)


async def load(
    session: Session, mounted: Sequence[ServedApi], told: Mapping[str, Any], check: Check | None = None
) -> None:
    """Put these records in the place of all records of the resources that are in them.

    Views and counts are made anew, then `check` looks at each API. Raises BadRequestError for an API or a resource that
    is not served, and Broken for a record that does not fit its contract; then nothing is changed.
    """
    served = {each.contract.api: each for each in mounted}
    unknown = [api for api in told["apis"] if api not in served]
    if unknown:
        raise BadRequestError(f"The file holds records of {', '.join(unknown)}; served are {', '.join(served)}.")
    async with session.state.transaction(write=True) as tx:
        for api, resources in told["apis"].items():
            state = await _replace(session, served[api], resources, tx)
            if check is not None:
                await check(served[api], session, state, resources)


async def _replace(session: Session, mounted: ServedApi, told: Mapping[str, Any], tx: Transaction) -> State:
    state = State(tx, mounted.resources, NOBODY, session.clock.now, session.state.transaction, session.webhooks)
    known = {kept.name for kept in mounted.resources}
    unknown = [name for name in told if name not in known]
    if unknown:
        raise BadRequestError(f"{mounted.contract.api} has no resource {', '.join(unknown)}.")
    ordered = [kept for kept in in_order(mounted.resources) if kept.name in told]
    for kept in ordered:
        await tx.remove(kept.table, [row.id for row in await tx.rows(kept.table, {})])
    for kept in ordered:
        numbered = _numbered(kept, told[kept.name]["records"])
        behind = max([_next(kept, told[kept.name]["next"]), *(number + 1 for number, _ in numbered)])
        await state.place(kept.name, *numbered)
        ahead = behind - await tx.take(kept.table.name, 0)
        if ahead > 0:
            await tx.take(kept.table.name, ahead)
    return state


def _next(kept: ResourceType, told: float) -> int:
    if told > LAST:
        raise BadRequestError(f"{kept.name}: {told:g} is too large for the next number.")
    return int(told)  # in JSON 3.0 is an integer, too


def _numbered(kept: ResourceType, records: Mapping[str, Record]) -> list[tuple[int, Record]]:
    pairs = []
    seen: dict[str, str] = {}
    for number, record in records.items():
        if not _NUMBER.fullmatch(number):
            raise BadRequestError(f"{kept.name}: {number!r} is no number of a record.")
        if kept.id_property not in record:
            raise BadRequestError(f"{kept.name} {number}: there is no {kept.id_property}.")
        other = seen.setdefault(str(record[kept.id_property]), number)
        if other != number:
            raise BadRequestError(f"{kept.name} {number}: {record[kept.id_property]} is the one of {other} as well.")
        pairs.append((int(number), record))
    return sorted(pairs, key=lambda pair: pair[0])


def in_order(resources: ResourceTypes) -> list[ResourceType]:
    """Resources with what they show of others, or count, before them."""
    ordered: dict[str, ResourceType] = {}

    def visit(kept: ResourceType, above: tuple[str, ...]) -> None:
        below = [other for _, other in kept.embeds.values()] + [other for _, other in kept.counts.values()]
        for other in below:
            if other.name not in above:
                visit(other, (*above, kept.name))
        ordered.setdefault(kept.name, kept)

    for kept in resources:
        visit(kept, ())
    return list(ordered.values())
