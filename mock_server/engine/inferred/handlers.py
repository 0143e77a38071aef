"""Operations whose meaning was inferred: records of a resource, each shown as the reply of an operation declares it.

A record keeps whatever any operation shows of it; a view is the part that one reply's schema has.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import quote

import orjson

from understudy.mock_server.data.inferred import InferredRecords, json_schema, json_type, key_of, way_of
from understudy.mock_server.data.resource_types import Record, ResourceTypes
from understudy.mock_server.engine.call import Call, Reply
from understudy.mock_server.engine.conditions import conjoined, matches
from understudy.mock_server.engine.crud import filters, missing
from understudy.mock_server.engine.inferred.effects import CompiledEffect
from understudy.mock_server.engine.inferred.pages import Frame, InferredPager, as_number, as_text
from understudy.mock_server.engine.inferred.placing import place_new
from understudy.mock_server.http.errors import BadRequestError, ConflictError
from understudy.mock_server.http.media_types import is_json, sent_type
from understudy.mock_server.http.template import compile_template
from understudy.specs import Operation
from understudy.specs.reading.words import plain

T = TypeVar("T")

Handler = Callable[[Call], Awaitable[Reply]]
#: Makes the reply of a record's bytes.
Wrap = Callable[[bytes], Reply]
#: Shown records, and frames of replies, that are remembered for each operation, and what is made of which length at most.
MEMO, MEMO_LENGTH = 2048, 8192
#: Stands for the content of a reply in its frame: nothing that JSON can hold.
HOLE = b"\x00"


class InferredHandlers:
    """The functions that answer the operations of one contract."""

    def __init__(self, resources: ResourceTypes, records: InferredRecords) -> None:
        self._resources = resources
        self._records = records
        self._shaping = records.shaping

    def handler(self, operation: Operation) -> Handler:
        """The function that answers an operation."""
        kind = "effect" if operation.effect is not None else operation.action.replace("-", "_")
        made: Handler = getattr(self, f"_{kind}")(operation)
        promised = self._headers(operation)
        taken = next((status for status in (409, 400, 422) if str(status) in operation.responses), 409)

        async def handle(call: Call) -> Reply:
            try:
                reply = await made(call)
            except ConflictError as error:
                error.status = taken
                raise
            return reply._replace(headers={**promised, **reply.headers}) if promised else reply

        return handle if promised or taken != 409 else made

    def _headers(self, operation: Operation) -> dict[str, str]:
        """The headers that a success must have, drawn."""
        schemas = operation.headers.get(str(operation.success), {})
        drawn = {name: self._shaping.drawn(schema, f"header/{name}") for name, schema in schemas.items()}
        return {name: str(value) for name, value in drawn.items() if str(value).isprintable()}

    # --- reading -----------------------------------------------------------------------------------------------------

    def _list(self, operation: Operation) -> Handler:
        assert operation.pagination is not None
        declared, way = json_schema(operation), operation.pagination.items_at()
        shown = self._shown(operation, self._shaping.items(self._shaping.at(declared, way)))
        resource_type = self._resources[operation.resource or ""]
        mark = self._mark(declared, operation.pagination.cursor_at())
        frame = self._framed(operation, way) if way else None
        pager = InferredPager(operation, resource_type, frame, _media_type(operation), mark)

        async def handle(call: Call) -> Reply:
            where = conjoined(await self._parents(call), self._keyed(call), operation.where, filters(call))
            return await pager.page(call, where, shown)

        return handle

    def _mark(self, declared: Mapping[str, Any], way: tuple[str, ...]) -> Callable[[str], str | int]:
        """What makes the cursor of a record, which a reply shows at the end of a way."""
        cursor = self._shaping.at(declared, way) if way else {}
        return as_number if self._shaping.fitting(cursor, "text", "cursor") != "text" else as_text

    def _read(self, operation: Operation) -> Handler:
        wrap = self._wrap(operation)

        async def handle(call: Call) -> Reply:
            return wrap(orjson.dumps(await self._target(call)))

        return handle

    # --- writing -----------------------------------------------------------------------------------------------------

    def _create(self, operation: Operation) -> Handler:
        wrap = self._wrap(operation)
        shown = self._shaping.at(json_schema(operation), way_of(operation.item))
        id = self._resources[operation.resource or ""].id_property
        tells = operation.success == 200 and (not shown or id in self._shaping.members(shown))

        async def handle(call: Call) -> Reply:
            record = await self._make(call)
            reply = wrap(orjson.dumps(record))
            if tells and reply.raw:
                return reply
            name = quote(str(self._last_name(call, record)), safe="")
            return reply._replace(headers={"Location": f"{call.url.rstrip('/')}/{name}"})

        return handle

    def _update(self, operation: Operation) -> Handler:
        wrap = self._wrap(operation)

        async def handle(call: Call) -> Reply:
            return wrap(orjson.dumps(await self._change(call, await self._target(call))))

        return handle

    def _upsert(self, operation: Operation) -> Handler:
        statuses = [int(status) for status in operation.responses if status.isdecimal() and status[0] == "2"]
        made = self._wrap(replace(operation, success=201) if 201 in statuses else operation)
        other = next((status for status in statuses if status != 201), operation.success)
        changed = self._wrap(replace(operation, success=other))

        async def handle(call: Call) -> Reply:
            found = await self._find(call, await self._parents(call))
            if found is not None:
                return changed(orjson.dumps(await self._change(call, found)))
            id = self._resources[operation.resource or ""].ids.own(str(self._address(call)))
            return made(orjson.dumps(await self._make(call, id)))

        return handle

    def _delete(self, operation: Operation) -> Handler:
        wrap = self._wrap(operation)

        async def handle(call: Call) -> Reply:
            record = await self._target(call)
            await call.state.remove(operation.resource or "", record[self._id_of(call)])
            return wrap(orjson.dumps({**record, "deleted": True, "success": True}))

        return handle

    # --- singletons --------------------------------------------------------------------------------------------------

    def _singleton_read(self, operation: Operation) -> Handler:
        wrap = self._wrap(operation)

        async def handle(call: Call) -> Reply:
            await self._parents(call)
            return wrap(orjson.dumps(await self._singleton(call)))

        return handle

    def _singleton_update(self, operation: Operation) -> Handler:
        wrap, resource = self._wrap(operation), operation.resource or ""

        async def handle(call: Call) -> Reply:
            await self._parents(call)
            record = self._records.merged(operation, await self._singleton(call), self._inputs(call), call.state.now())
            record["_id"] = _key(call)
            if await call.state.get(resource, _key(call)) is None:
                seq, _ = await call.state.number(resource)
                await call.state.place(resource, (seq, record))
            else:
                await call.state.save(resource, record)
            return wrap(orjson.dumps(record))

        return handle

    def _singleton_delete(self, operation: Operation) -> Handler:
        wrap, resource = self._wrap(operation), operation.resource or ""

        async def handle(call: Call) -> Reply:
            await self._parents(call)
            record = await self._singleton(call)
            if await call.state.get(resource, _key(call)) is not None:
                await call.state.remove(resource, _key(call))
            return wrap(orjson.dumps({**record, "deleted": True, "success": True}))

        return handle

    async def _singleton(self, call: Call) -> Record:
        """The one record below some parents, drawn as long as nobody wrote it."""
        resource = call.operation.resource or ""
        return await call.state.get(resource, _key(call)) or self._records.singleton(resource, _key(call))

    # --- operations of their own kind --------------------------------------------------------------------------------

    def _effect(self, operation: Operation) -> Handler:
        """Changes the record that the path names, or makes one like it; shows it where the reply is one."""
        assert operation.effect is not None
        effect = CompiledEffect(operation.effect, self._resources[operation.resource or ""])
        wrap, resource = self._wrap(operation), operation.resource or ""

        async def handle(call: Call) -> Reply:
            record, sent = await self._target(call), self._inputs(call) if isinstance(call.body, Mapping) else {}
            if effect.copies:
                id = self._id_of(call)
                like = {name: value for name, value in record.items() if name != id}
                return wrap(
                    orjson.dumps(await self._place(call, effect.applied({**like, **sent}, sent, call.state.now())))
                )
            changed = effect.applied(record, sent, call.state.now())
            changed = self._records.merged(operation, record, changed, call.state.now())
            await call.state.save(resource, changed)
            return wrap(orjson.dumps(changed))

        return handle

    # --- examples ----------------------------------------------------------------------------------------------------

    def _custom(self, operation: Operation) -> Handler:
        parents = self._records.parents.get(operation.id, {})

        @lru_cache(1)
        def prepared() -> Reply:
            return self._example(operation)

        async def handle(call: Call) -> Reply:
            for parameter, resource in parents.items():
                if await call.state.get(resource, self._parent_id(call, parameter, resource)) is None:
                    raise missing(resource, call.path[parameter])
            return prepared()

        return handle

    def _example(self, operation: Operation) -> Reply:
        if not operation.responses[str(operation.success)]:
            return Reply(operation.success)
        media_type, value = self._records.example(operation)
        raw = value if isinstance(value, bytes) else orjson.dumps(value)
        return Reply(operation.success, raw=raw, media_type=media_type)

    # --- records -----------------------------------------------------------------------------------------------------

    async def _parents(self, call: Call) -> dict[str, Any]:
        """The condition that the parents in the path set. Raises NotFoundError when one of them does not exist."""
        where: dict[str, Any] = {}
        references = self._resources[call.operation.resource or ""].spec.references
        for parameter, prop in call.operation.within.items():
            resource = references[prop].resource
            found = await call.state.get(resource, self._parent_id(call, parameter, resource))
            if found is None:
                raise missing(resource, call.path[parameter])
            where[prop] = found[self._resources[resource].id_property]
        return where

    async def _target(self, call: Call) -> Record:
        """The record that the path addresses. Raises NotFoundError."""
        found = await self._find(call, await self._parents(call))
        if found is None:
            raise missing(call.operation.resource or "", self._address(call))
        return found

    async def _find(self, call: Call, where: Mapping[str, Any]) -> Record | None:
        record = await call.state.get(call.operation.resource or "", self._address(call))
        return record if record is not None and matches(record, where) else None

    async def _make(self, call: Call, id: Any = None) -> Record:
        """A new record of what was sent. Raises ConflictError for an id that is taken."""
        sent = {**self._inputs(call), **await self._parents(call), **self._keyed(call)}
        return await self._place(call, sent, self._records.chosen_id(call.operation, sent) if id is None else id)

    async def _place(self, call: Call, sent: Mapping[str, Any], id: Any = None) -> Record:
        """Stores a new record. Raises ConflictError for an id, or other values, that another one has."""
        operation = call.operation
        resource_type = self._resources[operation.resource or ""]
        return await place_new(self._records, resource_type, call.state, sent, id, operation.body.values())

    async def _change(self, call: Call, record: Record) -> Record:
        id, sent = self._id_of(call), self._inputs(call)
        fixed = {name: record[name] for name in (id, *self._resources[call.operation.resource or ""].spec.key)}
        changed = self._records.merged(call.operation, record, {**sent, **fixed}, call.state.now())
        await call.state.refuse_second(call.operation.resource or "", changed)
        await call.state.save(call.operation.resource or "", changed)
        return changed

    def _keyed(self, call: Call) -> dict[str, Any]:
        """The properties of a key of several parts that the path gives, apart from its parents."""
        key = self._resources[call.operation.resource or ""].spec.key
        free = [value for name, value in call.path.items() if name not in call.operation.within]
        return dict(zip(key, free[-len(key) :], strict=False))

    def _parent_id(self, call: Call, parameter: str, resource: str) -> Any:
        """The id of a parent: what the path says at its parameter, or all parts of its key up to there."""
        parts = len(self._resources[resource].spec.key)
        at = list(call.path).index(parameter) + 1
        return key_of(list(call.path.values())[max(0, at - parts) : at]) if parts else call.path[parameter]

    def _address(self, call: Call) -> Any:
        """The id of the record that the path names: its last parameter, or all parts of its key."""
        keyed = self._keyed(call)
        return key_of(keyed.values()) if keyed else _last(call)

    def _last_name(self, call: Call, record: Record) -> Any:
        """What the last parameter of a record's address says."""
        key = self._resources[call.operation.resource or ""].spec.key
        return record[key[-1] if key else self._id_of(call)]

    def _inputs(self, call: Call) -> dict[str, Any]:
        """What was sent, under the names that records have."""
        if call.body is None or (isinstance(call.body, str) and not is_json(sent_type(call.headers))):
            return {}
        if not isinstance(call.body, Mapping):
            if any(call.operation.body.values()):
                return {}  # its schema takes what is not an object
            raise BadRequestError("The body must be an object.")
        names = self._records.names(call.operation.resource or "")
        sent = {names.get(plain(name), name): value for name, value in call.body.items()}
        untaken = self._records.untaken(call.operation)
        return {name: value for name, value in sent.items() if name not in untaken}

    def _id_of(self, call: Call) -> str:
        return self._resources[call.operation.resource or ""].id_property

    # --- replies -----------------------------------------------------------------------------------------------------

    def _shown(self, operation: Operation, schema: Mapping[str, Any]) -> Callable[[bytes], bytes]:
        """What makes of a record the object that an operation shows."""
        shows_id = "_id" in self._shaping.members(schema)

        @_remembered
        def show(document: bytes) -> bytes:
            record = {name: value for name, value in orjson.loads(document).items() if name != "_id" or shows_id}
            return orjson.dumps(self._shaping.fitting(schema, record, operation.id))

        return show

    def _wrap(self, operation: Operation) -> Wrap:
        """What makes the reply with one record, in the frame that the operation declares."""
        media_type = _media_type(operation)
        if not media_type:
            return lambda _: self._example(operation)
        way, declared = way_of(operation.item), json_schema(operation)
        shown = self._shown(operation, self._shaping.at(declared, way))
        if not way:
            return lambda document: Reply(operation.success, raw=shown(document), media_type=media_type)
        frame, render = self._framed(operation, way), compile_template(operation.item)

        def wrap(document: bytes) -> Reply:
            before, after = frame(render({}))
            return Reply(operation.success, raw=b"".join((before, shown(document), after)), media_type=media_type)

        return wrap

    def _framed(self, operation: Operation, way: tuple[str, ...]) -> Frame:
        """What stands around the content at the end of a way: what is rendered, and whatever else is promised, drawn."""
        declared = json_schema(operation)

        @_remembered
        def around(rendered: bytes) -> tuple[bytes, bytes]:
            value = orjson.loads(rendered)
            if declared:
                value = self._shaping.fitting(declared, value, operation.id)
            node = value
            for name in way[:-1]:
                node = node.setdefault(name, {})
            node[way[-1]] = orjson.Fragment(HOLE)
            before, _, after = orjson.dumps(value).partition(HOLE)
            return before, after

        return lambda rendered: around(orjson.dumps(_without(rendered, way) if declared else rendered))


def _remembered(make: Callable[[bytes], T]) -> Callable[[bytes], T]:
    """Remembers what is made of short bytes: records and queries may be long, and each of them another one."""
    known = lru_cache(MEMO)(make)
    return lambda raw: known(raw) if len(raw) <= MEMO_LENGTH else make(raw)


def _without(rendered: Mapping[str, Any], way: tuple[str, ...]) -> dict[str, Any]:
    """A rendered template without its content."""
    kept = {name: part for name, part in rendered.items() if name != way[0]}
    if len(way) > 1:
        inner = rendered.get(way[0])
        kept[way[0]] = _without(inner if isinstance(inner, Mapping) else {}, way[1:])
    return kept


def _media_type(operation: Operation) -> str:
    """The media type of JSON in which an operation answers, empty for none."""
    found = json_type(operation)
    return "application/json" if "*" in found else found


def _last(call: Call) -> Any:
    return list(call.path.values())[-1]


def _key(call: Call) -> str:
    return "/".join(map(str, call.path.values())) or "-"
