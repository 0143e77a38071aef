"""Finding records by text and by any of their properties, a stretch at a time, so that nothing else has to wait."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from understudy.mock_server.control.requests import ControlReply, ControlRequest, open_state
from understudy.mock_server.data.resource_types import Record
from understudy.mock_server.http.errors import BadRequestError

#: Records that one call looks through at most; a client goes on with the `next` that it returns.
STRETCH = 2_000

#: Records that are read before other requests are served.
TURN = 100


async def find_records(request: ControlRequest) -> ControlReply:
    """Records that contain every word of a text and have given values, in the order of creation."""
    resource_type = request.resource_type()
    words = str(request.query.get("text") or "").lower().split()
    wanted = dict(_condition(each) for each in request.query.get("where") or ())
    start, limit = int(request.query["start"]), int(request.query["limit"])
    found: list[Record] = []
    position, count = start, 0
    while position < start + STRETCH:
        async with open_state(request, request.served_api()) as state:
            count = await state.count(resource_type.name)
            rows = await state.tx.rows(resource_type.table, {}, "created", TURN, position)
        for row in rows:
            position += 1
            if not words or all(word in row.document.decode().lower() for word in words):
                record: Record = orjson.loads(row.document)
                if _has(record, wanted):
                    found.append(record)
                    if len(found) == limit:
                        break
        if len(found) == limit or len(rows) < TURN:
            break
        await asyncio.sleep(0)
    following = position if position < count else None
    return ControlReply(200, {"records": found, "next": following, "count": count})


def _condition(text: str) -> tuple[str, str]:
    name, _, value = text.partition(":")
    if not name:
        raise BadRequestError(f"where={text} names no property.")
    return name, value


def _has(record: Record, wanted: Mapping[str, str]) -> bool:
    """Whether properties have the values that texts spell; of a list any item counts, and dots lead into objects."""
    return all(value in _texts(_at(record, name.split("."))) for name, value in wanted.items())


def _at(value: Any, steps: Sequence[str]) -> Any:
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _texts(value: Any) -> list[str]:
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    return [value if isinstance(value, str) else orjson.dumps(value).decode()]
