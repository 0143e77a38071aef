"""Lists whose entries are computed when they are requested."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import orjson

from understudy.mock_server.data.resource_types import Record
from understudy.mock_server.engine.call import Call, Reply
from understudy.mock_server.engine.pagination import Pager, pager_of
from understudy.mock_server.store import Where

Show = Callable[[Record], Awaitable[dict[str, Any]]]

#: Turns the stored JSON of all records of a page, each with some columns, into what is shown.
ShowBodies = Callable[[Sequence[tuple[Any, ...]]], Awaitable[list[bytes]]]


async def page_of_bodies(call: Call, resource: str, where: Where, columns: Sequence[str], show: ShowBodies) -> Reply:
    """The requested page of the records that fit a condition, shown together."""
    pager = _pager(call)
    tx, table = call.state.tx, call.state.resources[resource].table
    count = await tx.count(table, where)
    part = pager.settle(pager.slice(call.query), count)
    found = await tx.bodies_with(table, columns, where, call.operation.order, part.limit, part.offset)
    return Reply(call.operation.success, raw=pager.wrap(call, await show(found), part, count))


async def page_from_bodies(call: Call, found: Sequence[tuple[Any, ...]], show: ShowBodies) -> Reply:
    """The requested page of records that are given, in their order."""
    pager = _pager(call)
    part = pager.settle(pager.slice(call.query), len(found))
    items = await show(found[part.offset : part.offset + part.limit])
    return Reply(call.operation.success, raw=pager.wrap(call, items, part, len(found)))


async def page_of(call: Call, resource: str, where: Where, show: Show, order: str | None = None) -> Reply:
    """The requested page of the records that fit a condition."""
    pager = _pager(call)
    count = await call.state.count(resource, where)
    part = pager.settle(pager.slice(call.query), count)
    records = await call.state.find(resource, where, order or call.operation.order, part.limit, part.offset)
    return await _wrapped(call, pager, part, count, records, show)


async def page_from(call: Call, records: Sequence[Record], show: Show) -> Reply:
    """The requested page of records that are given, in their order."""
    pager = _pager(call)
    part = pager.settle(pager.slice(call.query), len(records))
    shown = records[part.offset : part.offset + part.limit]
    return await _wrapped(call, pager, part, len(records), shown, show)


async def _wrapped(call: Call, pager: Pager, part: Any, count: int, records: Sequence[Record], show: Show) -> Reply:
    items = [orjson.dumps(await show(record)) for record in records]
    return Reply(call.operation.success, raw=pager.wrap(call, items, part, count))


def _pager(call: Call) -> Pager:
    assert call.operation.pagination is not None
    return pager_of(call.operation.pagination)


_FLAGS = {**dict.fromkeys(("true", "1", "yes", "t"), True), **dict.fromkeys(("false", "0", "no", "f"), False)}


def flag(text: Any) -> bool | None:
    """A truth value in a query, None for any other text."""
    return _FLAGS.get(str(text).lower())
