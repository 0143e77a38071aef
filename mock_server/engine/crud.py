"""The generic answers: list, read, create, update and delete as the annotations describe them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import Any

import orjson

from understudy.mock_server.data.resource_types import Record, ResourceTypes
from understudy.mock_server.engine.call import Call, Reply
from understudy.mock_server.engine.pagination import Pager
from understudy.mock_server.http.errors import NotFoundError
from understudy.mock_server.store import Where
from understudy.specs import Contract, Operation

Handler = Callable[[Call], Awaitable[Reply]]


class NoHandlerError(LookupError):
    """A custom operation has no function of its name."""


class OperationHandlers:
    """Finds what answers each operation of a contract: a behaviour of its name, else the generic answer."""

    def __init__(self, contract: Contract, resources: ResourceTypes, behaviours: ModuleType | None) -> None:
        self._contract = contract
        self._resources = resources
        self._behaviours = behaviours

    def answer(self, operation: Operation) -> Handler:
        """What answers an operation. Raises NoHandlerError."""
        own: Handler | None = getattr(self._behaviours, operation.id, None)
        if own is not None:
            return own
        if operation.action == "custom":
            raise NoHandlerError(f"{self._contract.api}: nothing answers {operation.id}")
        generic: Handler = getattr(self, f"_{operation.action}")(operation)
        return generic

    def _list(self, operation: Operation) -> Handler:
        assert operation.resource is not None
        assert operation.pagination is not None
        resource = operation.resource
        pager = Pager(operation.pagination)
        scope = getattr(self._behaviours, f"scope_{resource}", None)

        async def answer(call: Call) -> Reply:
            where = await parents(call) | dict(operation.where) | filters(call)
            if scope is not None:
                where |= await scope(call) or {}
            return await page(call, resource, where, operation.order, pager)

        return answer

    def _read(self, operation: Operation) -> Handler:
        assert operation.resource is not None
        resource = operation.resource

        async def answer(call: Call) -> Reply:
            asked = tokens(call) if operation.optional is not None else None
            if not asked:
                body = await call.state.body(resource, target(call))
                if body is None:
                    raise missing(resource)
                return Reply(operation.success, raw=body)
            record = await wanted(call, resource)
            return Reply(operation.success, await call.state.shown(resource, record, asked))

        return answer

    def _create(self, operation: Operation) -> Handler:
        assert operation.resource is not None
        resource = operation.resource
        declared = frozenset[str]().union(*(self._contract.members(schema) for schema in operation.body.values()))

        async def answer(call: Call) -> Reply:
            inputs = {name: value for name, value in (call.body or {}).items() if name in declared}
            record, body = await call.state.make_shown(resource, inputs)
            asked = tokens(call)
            if not asked:
                return Reply(operation.success, raw=body)
            return Reply(operation.success, await call.state.shown(resource, record, asked))

        return answer

    def _update(self, operation: Operation) -> Handler:
        assert operation.resource is not None
        resource = operation.resource
        declared = frozenset[str]().union(*(self._contract.members(schema) for schema in operation.body.values()))

        async def answer(call: Call) -> Reply:
            record = await wanted(call, resource)
            record |= {name: value for name, value in (call.body or {}).items() if name in declared}
            [body] = await call.state.save(resource, record)
            asked = tokens(call)
            if not asked:
                return Reply(operation.success, raw=body)
            return Reply(operation.success, await call.state.shown(resource, record, asked))

        return answer

    def _delete(self, operation: Operation) -> Handler:
        assert operation.resource is not None
        resource = operation.resource
        replies = operation.responses[str(operation.success)]
        told = frozenset[str]().union(*(self._contract.members(schema) for schema in replies.values()))

        async def answer(call: Call) -> Reply:
            record = await wanted(call, resource)
            view = await call.state.shown(resource, record)
            await call.state.remove(resource, record[self._resources[resource].id_property])
            body = {name: value for name, value in {**view, "deleted": True}.items() if name in told}
            return Reply(operation.success, body if replies else None)

        return answer


async def page(call: Call, resource: str, where: Where, order: str, pager: Pager) -> Reply:
    """One page of the caller's own records of a resource, as the operation pages and wraps it."""
    state = call.state
    kept = state.resources[resource]
    where = {**state.owned(resource), **where}
    part = pager.slice(call.query)
    count = None
    if pager.counts:
        count = await state.tx.count(kept.table, where)
        part = pager.settle(part, count)
    asked = tokens(call)
    if asked:
        rows = await state.tx.rows(kept.table, where, order, part.limit, part.offset)
        items = [await _opened(call, resource, orjson.loads(row.document), asked) for row in rows]
    else:
        items = await state.tx.bodies(kept.table, where, order, part.limit, part.offset)
    return Reply(call.operation.success, raw=pager.wrap(call, items, part, count))


async def _opened(call: Call, resource: str, record: Record, asked: frozenset[str]) -> bytes:
    view = await call.state.shown(resource, record, asked)
    call.state.resources[resource].check(view)
    return orjson.dumps(view)


async def parents(call: Call) -> dict[str, Any]:
    """The condition that a path's parents set. Raises NotFoundError when one of them is not there for the caller."""
    operation = call.operation
    where: dict[str, Any] = {}
    for parameter, prop in operation.within.items():
        assert operation.resource is not None
        reference = call.state.resources[operation.resource].spec.references[prop]
        if await call.state.get(reference.resource, call.path[parameter]) is None:
            raise missing(reference.resource)
        where[prop] = call.path[parameter]
    return where


def filters(call: Call) -> dict[str, Any]:
    """The condition that the query's filters set."""
    return {
        prop: call.query[parameter] for parameter, prop in call.operation.filters.items() if parameter in call.query
    }


def tokens(call: Call) -> frozenset[str]:
    """The opt-in tokens that the query, or else the body, carries."""
    name = call.operation.optional
    if name is None:
        return frozenset()
    sent = call.query.get(name)
    if sent is None and isinstance(call.body, dict):
        sent = call.body.get(name)
    if isinstance(sent, str):
        sent = sent.split(",")
    if not isinstance(sent, list):
        return frozenset()
    return frozenset(token.strip() for token in sent if isinstance(token, str))


def target(call: Call) -> Any:
    """The id of the record that the path names: its last parameter."""
    return list(call.path.values())[-1]


async def wanted(call: Call, resource: str) -> Record:
    """The record that the path names. Raises NotFoundError."""
    record = await call.state.get(resource, target(call))
    if record is None:
        raise missing(resource)
    return record


def missing(resource: str) -> NotFoundError:
    """The refusal of an id that names nothing here."""
    return NotFoundError(f"There is no such {resource.replace('_', ' ')}.")
