"""The generic operations: list, read, create, update and delete as the annotations of the contract describe them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import orjson

from understudy.mock_server.data.resource_types import Record, ResourceType, ResourceTypes
from understudy.mock_server.engine.call import Call, Reply
from understudy.mock_server.engine.conditions import conjoined, matches
from understudy.mock_server.engine.pagination import Pager
from understudy.mock_server.engine.registration import Behaviours
from understudy.mock_server.http.errors import NotFoundError, field_error
from understudy.mock_server.store import Where
from understudy.specs import Contract, ContractError, Operation

#: The function that answers an operation.
Handler = Callable[[Call], Awaitable[Reply]]


class Answers(Protocol):
    """What answers the operations of a contract in another way than this (`InferredHandlers`)."""

    def handler(self, operation: Operation) -> Handler:
        """The function that answers an operation."""


#: Characters of an unknown id that an error repeats.
ECHOED = 80


class NoHandlerError(ContractError):
    """No function is registered for a custom operation."""


class OperationHandlers:
    """Finds what answers each operation of a contract: a registered behaviour, else the generic answer."""

    def __init__(
        self, contract: Contract, resources: ResourceTypes, behaviours: Behaviours, inferred: Answers | None = None
    ) -> None:
        self._contract = contract
        self._resources = resources
        self._behaviours = behaviours
        self._inferred = inferred

    def handler(self, operation: Operation) -> Handler:
        """The function that answers an operation. Raises NoHandlerError."""
        own: Handler | None = self._behaviours.operations.get(operation.id)
        if own is not None:
            return own
        if self._inferred is not None:
            return self._inferred.handler(operation)
        if operation.action == "custom":
            raise NoHandlerError(f"{self._contract.api}: no function answers {operation.id}")
        generic: Handler = getattr(self, f"_{operation.action}")(operation)
        return generic

    def _list(self, operation: Operation) -> Handler:
        assert operation.resource is not None
        assert operation.pagination is not None
        resource = operation.resource
        pager = Pager(operation.pagination)
        scope = self._behaviours.scopes.get(resource)

        async def handle(call: Call) -> Reply:
            where = conjoined(await parents(call), operation.where, filters(call))
            if scope is not None:
                where = conjoined(where, await scope(call))
            return await page(call, resource, where, operation.order, pager)

        return handle

    def _read(self, operation: Operation) -> Handler:
        assert operation.resource is not None
        resource = operation.resource

        async def handle(call: Call) -> Reply:
            opt_ins = tokens(call) if operation.optional is not None else None
            if not opt_ins:
                id = target_id(call)
                body = await call.state.body(resource, id, await parents(call))
                if body is None:
                    raise missing(resource, id)
                return Reply(operation.success, raw=body)
            record = await target_record(call, resource)
            return Reply(operation.success, await call.state.shown(resource, record, opt_ins))

        return handle

    def _create(self, operation: Operation) -> Handler:
        assert operation.resource is not None
        resource = operation.resource
        declared = frozenset[str]().union(*(self._contract.members(schema) for schema in operation.body.values()))

        async def handle(call: Call) -> Reply:
            inputs = {name: value for name, value in (call.body or {}).items() if name in declared}
            _place(inputs, await parents(call), call.state.resources[resource])
            record, body = await call.state.make_shown(resource, inputs)
            opt_ins = tokens(call)
            if not opt_ins:
                return Reply(operation.success, raw=body)
            return Reply(operation.success, await call.state.shown(resource, record, opt_ins))

        return handle

    def _update(self, operation: Operation) -> Handler:
        assert operation.resource is not None
        resource = operation.resource
        declared = frozenset[str]().union(*(self._contract.members(schema) for schema in operation.body.values()))

        async def handle(call: Call) -> Reply:
            record = await target_record(call, resource)
            inputs = {name: value for name, value in (call.body or {}).items() if name in declared}
            body = await call.state.change(resource, record, inputs)
            opt_ins = tokens(call)
            if not opt_ins:
                return Reply(operation.success, raw=body)
            return Reply(operation.success, await call.state.shown(resource, record, opt_ins))

        return handle

    def _delete(self, operation: Operation) -> Handler:
        assert operation.resource is not None
        resource = operation.resource
        replies = operation.responses[str(operation.success)]
        declared = frozenset[str]().union(*(self._contract.members(schema) for schema in replies.values()))

        async def handle(call: Call) -> Reply:
            record = await target_record(call, resource)
            view = await call.state.shown(resource, record)
            await call.state.remove(resource, record[self._resources[resource].id_property])
            body = {name: value for name, value in {**view, "deleted": True}.items() if name in declared}
            return Reply(operation.success, body if replies else None)

        return handle


async def page(call: Call, resource: str, where: Where, order: str, pager: Pager) -> Reply:
    """One page of the records of a resource that the caller owns, in the operation's envelope."""
    state = call.state
    table = state.resources[resource].table
    where = conjoined(state.owned(resource), where)
    page_range = pager.slice(call.query)
    count = None
    if pager.counts:
        count = await state.tx.count(table, where)
        page_range = pager.settle(page_range, count)
    opt_ins = tokens(call)
    if opt_ins:
        rows = await state.tx.rows(table, where, order, page_range.limit, page_range.offset)
        items = [await _opted_in(call, resource, orjson.loads(row.document), opt_ins) for row in rows]
        return Reply(call.operation.success, raw=pager.wrap(call, items, page_range, count))
    joined = await state.tx.joined(table, where, order, page_range.limit, page_range.offset)
    return Reply(call.operation.success, raw=pager.around(call, joined, page_range, count))


async def _opted_in(call: Call, resource: str, record: Record, opt_ins: frozenset[str]) -> bytes:
    view = await call.state.shown(resource, record, opt_ins)
    call.state.resources[resource].check(view)
    return orjson.dumps(view)


async def parents(call: Call) -> dict[str, Any]:
    """The condition that the parents in the path set. Raises NotFoundError if the caller cannot see one of them."""
    operation = call.operation
    where: dict[str, Any] = {}
    for parameter, prop in operation.within.items():
        assert operation.resource is not None
        reference = call.state.resources[operation.resource].spec.references[prop]
        id = call.path[parameter]
        if await call.state.get(reference.resource, id) is None:
            raise missing(reference.resource, id)
        where = conjoined(where, {prop: call.state.resources[reference.resource].ids.own(str(id))})
    return where


def _place(inputs: dict[str, Any], where: Where, resource_type: ResourceType) -> None:
    """Set the parents of a new record. Raises BadRequestError if the request names another one than its address."""
    for prop, id in where.items():
        name = resource_type.inputs.get(prop, prop)
        if name in inputs and not matches(inputs, {name: id}):
            what = resource_type.spec.references[prop].resource.replace("_", " ")
            raise field_error(name, f"is not the {what} of the address; send that one or leave the member out")
        inputs[name] = id


def filters(call: Call) -> dict[str, Any]:
    """The condition that the filters in the query set."""
    return {
        prop: call.query[parameter] for parameter, prop in call.operation.filters.items() if parameter in call.query
    }


def tokens(call: Call) -> frozenset[str]:
    """The tokens for optional properties that the query, or else the body, contains."""
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


def target_id(call: Call) -> Any:
    """The id of the record that the path addresses: its last parameter."""
    return list(call.path.values())[-1]


async def target_record(call: Call, resource: str) -> Record:
    """The record that the path addresses, below the parents in the path. Raises NotFoundError."""
    id = target_id(call)
    where = await parents(call) if resource == call.operation.resource else {}
    record = await call.state.get(resource, id)
    if record is None or not matches(record, where):
        raise missing(resource, id)
    return record


def missing(resource: str, id: Any = None) -> NotFoundError:
    """The error for a record that does not exist, or that the caller may not see; it repeats the id if that is given."""
    name = resource.replace("_", " ")
    if id is None:
        return NotFoundError(f"There is no such {name}.")
    text = str(id)
    echoed = repr(text if len(text) <= ECHOED else f"{text[:ECHOED]}…")
    return NotFoundError(f"There is no {name} with the id {echoed}.")
