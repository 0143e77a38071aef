"""What an operation works with: the records of one session, under the rules of one contract."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import Any

import orjson

from understudy.mock_server.clock import timestamp
from understudy.mock_server.data.generators import RecordDraft, UnusableGeneratorError, fill
from understudy.mock_server.data.periodic import fits
from understudy.mock_server.data.resource_types import Record, ResourceType, ResourceTypes
from understudy.mock_server.engine.webhooks import Webhooks
from understudy.mock_server.http.caller import NOBODY, Caller
from understudy.mock_server.http.errors import BadRequestError, ConflictError, FieldError, field_error
from understudy.mock_server.store import Row, Transaction, Where
from understudy.specs.contract import Count

_NOTHING: frozenset[str] = frozenset()
_NO_ROWS: Mapping[str, Row] = {}

#: How many rows are changed between two statements; bounds memory, not behaviour.
BATCH = 5_000


class State:
    """Records by resource, for one request.

    Every method names a resource by its name in the contract. Records are plain objects with everything that is
    kept, shown or not; a change to one is kept only by `save`.
    """

    __slots__ = ("_begin", "_now", "after_commit", "caller", "resources", "tx", "webhooks")

    def __init__(
        self,
        tx: Transaction,
        resources: ResourceTypes,
        caller: Caller,
        now: Callable[[], datetime],
        begin: Callable[[bool], AbstractAsyncContextManager[Transaction]],
        webhooks: Webhooks,
    ) -> None:
        self.tx = tx
        self.resources = resources
        self.caller = caller
        self._now = now
        self._begin = begin
        self.webhooks = webhooks
        #: Called in order once the transaction is committed, never when it is undone.
        self.after_commit: list[Callable[[], None]] = []

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[State]:
        """The same state in a reading transaction of its own, for a stream that goes on after this one has ended."""
        async with self._begin(False) as tx:
            yield State(tx, self.resources, self.caller, self._now, self._begin, self.webhooks)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[State]:
        """The same in a writing transaction of its own, for what is done in the background."""
        async with self._begin(True) as tx:
            yield State(tx, self.resources, self.caller, self._now, self._begin, self.webhooks)

    def moment(self) -> datetime:
        """The session's present time."""
        return self._now()

    def now(self) -> str:
        """The session's present time as a timestamp."""
        return timestamp(self._now())

    def owned(self, resource: str) -> dict[str, Any]:
        """The condition under which records of a resource are the caller's own."""
        owner = self.resources[resource].spec.owner
        if owner is None or self.caller is NOBODY:
            return {}
        return {owner: self.caller.values.get(owner)}

    async def get(self, resource: str, id: Any) -> Record | None:
        """The record with an id, None when there is none or it is somebody else's."""
        kept = self.resources[resource]
        row = await self.tx.get(kept.table, str(id))
        if row is None or not self._owns(kept, row):
            return None
        record: Record = orjson.loads(row.document)
        return record

    async def find(
        self,
        resource: str,
        where: Where | None = None,
        order: str = "created",
        limit: int | None = None,
        offset: int = 0,
    ) -> list[Record]:
        """The caller's own records that fit a condition over indexed properties."""
        kept = self.resources[resource]
        rows = await self.tx.rows(kept.table, {**self.owned(resource), **(where or {})}, order, limit, offset)
        return [orjson.loads(row.document) for row in rows]

    async def count(self, resource: str, where: Where | None = None) -> int:
        """How many such records there are."""
        return await self.tx.count(self.resources[resource].table, {**self.owned(resource), **(where or {})})

    async def distinct(self, resource: str, property: str, where: Where | None = None) -> list[Any]:
        """The different values of an indexed property among such records."""
        return await self.tx.distinct(
            self.resources[resource].table, property, {**self.owned(resource), **(where or {})}
        )

    async def tally(self, resource: str, properties: Sequence[str], where: Where) -> dict[tuple[Any, ...], int]:
        """How many such records have each combination of values of some indexed properties."""
        return await self.tx.tally(self.resources[resource].table, properties, {**self.owned(resource), **where})

    async def make(self, resource: str, inputs: Mapping[str, Any]) -> Record:
        """A new record from what a request sent; the contract says what the server sets.

        Raises BadRequestError, naming the member, for a reference to nothing.
        """
        return (await self.make_shown(resource, inputs))[0]

    async def make_shown(self, resource: str, inputs: Mapping[str, Any]) -> tuple[Record, bytes]:
        """A new record together with its default view as JSON, checked."""
        kept = self.resources[resource]
        seq, id = await self._number(kept)
        record: Record = {**inputs, **self.owned(resource), kept.id_property: id}
        draft = RecordDraft(seq, record, self.now(), inputs, number=seq)
        referenced = await self._referenced(kept, record, inputs)
        draft.referenced = lambda name: orjson.loads(referenced[name].document) if name in referenced else {}
        try:
            fill(kept.values, draft)
        except UnusableGeneratorError as error:
            raise field_error(error.name, "cannot be kept: it lies outside of what a calendar has") from error
        row = kept.row(seq, record, await self._parts(kept, record, referenced))
        await self.tx.put(kept.table, [row])
        await self._recount(kept, [(None, record)])
        return record, row.body

    async def save(self, resource: str, *records: Record) -> list[bytes]:
        """Keep changed records, and everything that shows them; their default views as JSON, checked."""
        kept = self.resources[resource]
        pairs = []
        moved: list[tuple[Record | None, Record | None]] = []
        changed = dict.fromkeys(kept.changed, self.now()) if kept.changed else {}
        for record in records:
            record.update(changed)
            row = await self.tx.get(kept.table, str(record[kept.id_property]))
            if row is None:
                raise KeyError(f"{resource} {record[kept.id_property]} is not kept")
            pairs.append((row.seq, record))
            if kept.counters:
                moved.append((orjson.loads(row.document), record))
        bodies = await self._put(kept, pairs)
        await self._show_again(kept, [str(record[kept.id_property]) for record in records])
        await self._recount(kept, moved)
        return bodies

    async def place(self, resource: str, *records: tuple[int, Record]) -> None:
        """Keep records that have their id already, each under a number of its own."""
        kept = self.resources[resource]
        await self._put(kept, records)
        await self._show_again(kept, [str(record[kept.id_property]) for _, record in records])
        await self._recount(kept, [(None, record) for _, record in records])

    async def remove(self, resource: str, *ids: Any) -> None:
        """Delete records with everything that cannot be without them. Raises ConflictError where the contract refuses."""
        kept = self.resources[resource]
        names = [str(id) for id in ids]
        gone: list[tuple[Record | None, Record | None]] = []
        if kept.counters:
            for name in names:
                row = await self.tx.get(kept.table, name)
                if row is not None:
                    gone.append((orjson.loads(row.document), None))
        await self._release(kept, names)
        await self.tx.remove(kept.table, names)
        await self._recount(kept, gone)

    async def shown(self, resource: str, record: Record, asked: frozenset[str] = _NOTHING) -> Any:
        """The wire object of a record, with the opt-in properties that were asked for."""
        kept = self.resources[resource]
        return kept.view(record, await self._parts(kept, record), asked)

    async def body(self, resource: str, id: Any) -> bytes | None:
        """The default view of the caller's own record as JSON, which was checked when it was written."""
        return await self.tx.body(self.resources[resource].table, str(id), self.owned(resource))

    def _owns(self, kept: ResourceType, row: Row) -> bool:
        """Whether a row is the caller's own; the owner is always the first column."""
        if kept.spec.owner is None or self.caller is NOBODY:
            return True
        return bool(row.columns[0] == self.caller.values.get(kept.spec.owner))

    async def _number(self, kept: ResourceType) -> tuple[int, str | int]:
        """The number of a new record and its id; ids that seeds, files and control calls gave away are stepped over."""
        while True:
            seq = await self.tx.take(kept.table.name)
            id = kept.ids.at(seq)
            if await self.tx.get(kept.table, str(id)) is None:
                return seq, id

    async def _referenced(self, kept: ResourceType, record: Record, inputs: Mapping[str, Any]) -> dict[str, Row]:
        """What a new record refers to, all of which must exist and be the caller's own."""
        found: dict[str, Row] = {}
        field_errors: list[FieldError] = []
        for prop, reference in kept.spec.references.items():
            name = kept.inputs.get(prop, prop)
            id = inputs.get(name, record.get(prop))
            if id is None:
                continue
            target = self.resources[reference.resource]
            row = await self.tx.get(target.table, str(id)) if isinstance(id, str | int) else None
            if row is None or not self._owns(target, row):
                field_errors.append(FieldError(name, f"names no {reference.resource.replace('_', ' ')}", f"/{name}"))
            else:
                found[prop] = row
        if field_errors:
            raise BadRequestError(field_errors=field_errors)
        return found

    async def _put(self, kept: ResourceType, pairs: Sequence[tuple[int, Record]]) -> list[bytes]:
        bodies: list[bytes] = []
        for start in range(0, len(pairs), BATCH):
            rows = [
                kept.row(seq, record, await self._parts(kept, record)) for seq, record in pairs[start : start + BATCH]
            ]
            await self.tx.put(kept.table, rows)
            bodies += [row.body for row in rows]
        return bodies

    async def _parts(self, kept: ResourceType, record: Record, known: Mapping[str, Row] = _NO_ROWS) -> dict[str, Any]:
        """What a view shows of other records; `known` are referenced rows that were read already."""
        if not kept.embeds and not kept.counts:
            return {}
        parts: dict[str, Any] = {}
        for prop, (reference, embedded) in kept.embeds.items():
            id = record.get(reference)
            row = known.get(reference)
            if row is None and id is not None:
                row = await self.tx.get(embedded.table, str(id))
            parts[prop] = None if row is None else orjson.loads(row.body)
        for prop, (count, counted) in kept.counts.items():
            where = {count.by: record[kept.id_property], **count.where}
            parts[prop] = await self.tx.count(counted.table, where)
        return parts

    async def _release(self, kept: ResourceType, ids: Sequence[str]) -> None:
        """Deal with what refers to records that are about to go."""
        for referrer, prop in kept.referrers:
            rule = referrer.spec.references[prop].on_delete
            if rule == "keep":
                continue
            rows = await self.tx.rows(referrer.table, {prop: [kept.ids.own(id) for id in ids]})
            if not rows:
                continue
            if rule == "refuse":
                raise ConflictError(f"{len(rows)} {referrer.name} still refer to this {kept.name}.")
            if rule == "cascade":
                await self.remove(referrer.name, *(row.id for row in rows))
            else:
                await self.save(referrer.name, *({**orjson.loads(row.document), prop: None} for row in rows))

    async def _show_again(self, kept: ResourceType, ids: Sequence[str]) -> None:
        """Write anew the views that show changed records."""
        for embedder, prop in kept.embedders:
            rows = await self.tx.rows(embedder.table, {prop: [kept.ids.own(id) for id in ids]})
            if rows:
                await self._put(embedder, [(row.seq, orjson.loads(row.document)) for row in rows])
                await self._show_again(embedder, [row.id for row in rows])

    async def _recount(self, kept: ResourceType, moved: Sequence[tuple[Record | None, Record | None]]) -> None:
        """Write anew the records whose counts change when these, as they were, become what they are."""
        anew: dict[tuple[str, str], ResourceType] = {}
        for counter, count in kept.counters:
            for pair in moved:
                before, after = (_counted(count, record) for record in pair)
                if before != after:
                    anew |= {(counter.name, id): counter for id in (before, after) if id is not None}
        for (_, id), counter in anew.items():
            row = await self.tx.get(counter.table, id)
            if row is not None:
                await self._put(counter, [(row.seq, orjson.loads(row.document))])
                await self._show_again(counter, [id])


def _counted(count: Count, record: Record | None) -> str | None:
    """The id of what counts a record, None when nothing does."""
    if record is None or record.get(count.by) is None:
        return None
    return str(record[count.by]) if all(fits(record.get(n), wanted) for n, wanted in count.where.items()) else None
