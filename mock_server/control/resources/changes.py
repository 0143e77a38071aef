"""What differs between the records of a session and the seed, or those of another session."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson

from understudy.mock_server.control.requests import ControlReply, ControlRequest, open_state
from understudy.mock_server.control.resources.bases import Base, SeedBase, SessionBase
from understudy.mock_server.data.resource_types import Record, ResourceType
from understudy.mock_server.http.errors import NotFoundError
from understudy.mock_server.sessions.sessions import Session
from understudy.mock_server.store import Row, Transaction

#: Records that one call compares at most; a client goes on with the `next` that it returns.
STRETCH = 1_000

#: Records that are compared before other requests are served.
TURN = 50


async def list_changes(request: ControlRequest) -> ControlReply:
    """The records that were made, changed or removed, first those made and the latest of them first."""
    resource_type = request.resource_type()
    base = await _base(request, resource_type)
    start = int(request.query["start"])
    changes: list[dict[str, Any]] = []
    position, ended = start, False
    while not ended and position < start + STRETCH:
        async with open_state(request, request.served_api()) as state:
            present = await state.count(resource_type.name)
            if position < present:
                rows = await state.tx.rows(resource_type.table, {}, "-created", TURN, position)
                position = await _add_made(changes, base, rows, position, present)
            else:
                rows = await base.rows(position - present, TURN)
                await _add_others(changes, state.tx, resource_type, rows)
                position += TURN
                ended = position - present >= await base.total()
        await asyncio.sleep(0)
    shown = {"changes": changes, "next": None if ended else position, "total": present + await base.total()}
    return ControlReply(200, shown)


async def get_seeded_record(request: ControlRequest) -> ControlReply:
    """A record as the session began with it."""
    resource_type = request.resource_type()
    row = await _seed(request, await request.session(), resource_type).get(request.path["id"])
    if row is None:
        words = resource_type.name.replace("_", " ")
        raise NotFoundError(f"The seed has no {words} {request.path['id']!r}.")
    return ControlReply(200, {"record": orjson.loads(row.document)})


async def _base(request: ControlRequest, resource_type: ResourceType) -> Base:
    """The seed, or the session that the request names. Raises NotFoundError for one that does not exist."""
    other = request.query.get("against")
    if other is None:
        return _seed(request, await request.session(), resource_type)
    sessions = request.context.sessions
    if other not in await sessions.names():
        raise NotFoundError(f"There is no session {other!r}.")
    return SessionBase(await sessions.get(other), resource_type.table)


def _seed(request: ControlRequest, session: Session, resource_type: ResourceType) -> SeedBase:
    stores = request.context.sessions.scenario_stores
    return SeedBase(stores.store(session.scenario).seed_data, resource_type.table)


async def _add_made(changes: list[dict[str, Any]], base: Base, rows: list[Row], position: int, present: int) -> int:
    """Add the rows that the base does not have; returns the position after them, behind all if it has the rest."""
    for row in rows:
        if base.has_all(row):
            return present
        position += 1
        if await base.get(row.id) is None:
            changes.append({"id": row.id, "kind": "made", "record": orjson.loads(row.document), "before": None})
    return position


async def _add_others(
    changes: list[dict[str, Any]], tx: Transaction, resource_type: ResourceType, rows: list[Row]
) -> None:
    """Add what has become of rows of the base."""
    for before in rows:
        now = await tx.get(resource_type.table, before.id)
        if now is not None and now.document == before.document:
            continue
        old: Record = orjson.loads(before.document)
        new: Record | None = None if now is None else orjson.loads(now.document)
        if new != old:
            kind = "removed" if new is None else "changed"
            changes.append({"id": before.id, "kind": kind, "record": new, "before": old})
