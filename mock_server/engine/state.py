"""The state that an operation works with: the records of one session under the rules of one contract."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Any

import orjson

from understudy.mock_server.clock import timestamp
from understudy.mock_server.data.generators import RecordDraft, UnusableGeneratorError, fill
from understudy.mock_server.data.resource_types import Record, ResourceType, ResourceTypes
from understudy.mock_server.engine.agenda import Agenda
from understudy.mock_server.engine.conditions import conjoined, matches
from understudy.mock_server.engine.webhooks import Outbox
from understudy.mock_server.http.errors import BadRequestError, ConflictError, FieldError, field_error
from understudy.mock_server.http.security.tokens import NOBODY, Caller
from understudy.mock_server.store import Row, Transaction, Where
from understudy.specs.contract import Count

_NOTHING: frozenset[str] = frozenset()
#: The types of ids.
_ID = (str, int)
_NO_ROWS: Mapping[str, Row] = {}

#: Opens a transaction, given whether it writes.
Begin = Callable[[bool], AbstractAsyncContextManager[Transaction]]

#: How many rows are written with one statement; limits memory and has no other effect.
BATCH = 5_000


class State:
    """The records of a session as one request may use them.

    Every method takes the name that a resource has in the contract. Records are plain dicts with everything that is
    stored, shown to clients or not; a change to one is stored only by `save`.
    """

    __slots__ = ("_agenda", "_begin", "_moment", "_now", "after_commit", "caller", "resources", "tx", "webhooks")

    def __init__(
        self,
        tx: Transaction,
        resources: ResourceTypes,
        caller: Caller,
        now: Callable[[], datetime],
        begin: Begin,
        webhooks: Outbox,
        agenda: Agenda | None = None,
    ) -> None:
        self.tx = tx
        self.resources = resources
        self.caller = caller
        self._now = now
        self._begin = begin
        self.webhooks = webhooks
        self._agenda = agenda
        #: The time that `at` set, which is not that of the session.
        self._moment: datetime | None = None
        #: Called in order by `committed`; not called if the transaction is rolled back.
        self.after_commit: list[Callable[[], None]] = []

    def committed(self) -> None:
        """Do what waited for the commit; whoever opened the transaction calls this once it is committed."""
        for then in self.after_commit:
            then()

    def reading(self) -> AbstractAsyncContextManager[State]:
        """The same state in a new read-only transaction, for a stream that continues after this one has ended."""
        return self._again(write=False)

    def writing(self) -> AbstractAsyncContextManager[State]:
        """The same state in a new writing transaction, for work in the background."""
        return self._again(write=True)

    @asynccontextmanager
    async def _again(self, write: bool) -> AsyncIterator[State]:
        async with self._begin(write) as tx:
            state = self._in(tx)
            yield state
        state.committed()

    def at(self, moment: datetime) -> State:
        """The same records in the same transaction at another time, for what happens at that time."""
        state = self._in(self.tx)
        state._moment = moment
        return state

    def _in(self, tx: Transaction) -> State:
        return State(tx, self.resources, self.caller, self._now, self._begin, self.webhooks, self._agenda)

    def moment(self) -> datetime:
        """The current time of the session."""
        return self._now() if self._moment is None else self._moment

    def now(self) -> str:
        """The current time of the session as a timestamp."""
        return timestamp(self.moment())

    def owned(self, resource: str) -> dict[str, Any]:
        """The condition that selects the records of a resource that the caller owns."""
        owner = self.resources[resource].spec.owner
        if owner is None or self.caller is NOBODY:
            return {}
        return {owner: self.caller.values.get(owner)}

    async def get(self, resource: str, id: Any) -> Record | None:
        """The record with an id, None if there is none or another caller owns it."""
        resource_type = self.resources[resource]
        row = await self.tx.get(resource_type.table, str(id))
        if row is None or not self._owns(resource_type, row):
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
        """The caller's records that match a condition on indexed properties."""
        resource_type = self.resources[resource]
        rows = await self.tx.rows(resource_type.table, conjoined(self.owned(resource), where), order, limit, offset)
        return [orjson.loads(row.document) for row in rows]

    async def count(self, resource: str, where: Where | None = None) -> int:
        """How many records `find` would return."""
        return await self.tx.count(self.resources[resource].table, conjoined(self.owned(resource), where))

    async def distinct(self, resource: str, property: str, where: Where | None = None) -> list[Any]:
        """The distinct values of an indexed property among the caller's records that match a condition."""
        return await self.tx.distinct(self.resources[resource].table, property, conjoined(self.owned(resource), where))

    async def tally(self, resource: str, properties: Sequence[str], where: Where) -> dict[tuple[Any, ...], int]:
        """How many of the caller's records that match a condition have each combination of values of some properties."""
        return await self.tx.tally(self.resources[resource].table, properties, conjoined(self.owned(resource), where))

    async def make(self, resource: str, inputs: Mapping[str, Any]) -> Record:
        """A new record from the values that a request sent; the server sets the others as the contract declares.

        Raises BadRequestError, naming the member, if a referenced record does not exist.
        """
        return (await self.make_shown(resource, inputs))[0]

    async def make_shown(self, resource: str, inputs: Mapping[str, Any]) -> tuple[Record, bytes]:
        """A new record together with its default view as JSON, validated."""
        resource_type = self.resources[resource]
        seq, id = await self._numbered(resource_type)
        record: Record = {**inputs, **self.owned(resource), resource_type.id_property: id}
        draft = RecordDraft(seq, record, self.now(), inputs, number=seq)
        referenced = await self._referenced(resource_type, record, inputs)
        draft.referenced = lambda name: orjson.loads(referenced[name].document) if name in referenced else {}
        try:
            fill(resource_type.values, draft)
        except UnusableGeneratorError as error:
            raise field_error(error.name, "is outside the range of supported dates (years 1 to 9999)") from error
        await self.refuse_second(resource, record)
        row = resource_type.row(seq, record, await self._parts(resource_type, record, referenced))
        self._note(resource_type, (row,))
        await self.tx.put(resource_type.table, [row])
        await self._update_counts(resource_type, [(None, record)])
        return record, row.body

    async def change(self, resource: str, record: Record, inputs: Mapping[str, Any]) -> bytes:
        """Store a record with the values that a request sent, except its id and its owner. Returns its default view.

        Raises BadRequestError, naming the member, if a record that it now refers to does not exist.
        """
        resource_type = self.resources[resource]
        fixed = {resource_type.id_property, *self.owned(resource)}
        inputs = {name: value for name, value in inputs.items() if name not in fixed}
        renamed = {prop: inputs[name] for prop, name in resource_type.inputs.items() if name in inputs}
        changes = {**inputs, **renamed}
        await self._referenced(resource_type, changes, changes)
        record |= changes
        await self.refuse_second(resource, record)
        [body] = await self.save(resource, record)
        return body

    async def save(self, resource: str, *records: Record) -> list[bytes]:
        """Store changed records and update all views that show them. Returns their default views as JSON, validated."""
        resource_type = self.resources[resource]
        pairs = []
        moved: list[tuple[Record | None, Record | None]] = []
        changed = dict.fromkeys(resource_type.changed, self.now()) if resource_type.changed else {}
        for record in records:
            record.update(changed)
            row = await self.tx.get(resource_type.table, str(record[resource_type.id_property]))
            if row is None:
                raise KeyError(f"{resource} {record[resource_type.id_property]} is not stored")
            pairs.append((row.seq, record))
            if resource_type.counters:
                moved.append((orjson.loads(row.document), record))
        bodies = await self._put(resource_type, pairs)
        await self._update_embedders(resource_type, [str(record[resource_type.id_property]) for record in records])
        await self._update_counts(resource_type, moved)
        return bodies

    async def refuse_second(self, resource: str, record: Record) -> None:
        """Raises ConflictError if another record has the values that only one may have."""
        resource_type = self.resources[resource]
        own = str(record.get(resource_type.id_property))
        for group in resource_type.spec.unique:
            values = {name: record.get(name) for name in group}
            if None in values.values():
                continue
            if any(row.id != own for row in await self.tx.rows(resource_type.table, values, limit=2)):
                named = " and ".join(f"{name} {value!r}" for name, value in values.items())
                raise ConflictError(
                    f"There is a {resource.replace('_', ' ')} with the {named} already.",
                    field_errors=[FieldError(name, "is taken already", f"/{name}") for name in group],
                )

    async def number(self, resource: str) -> tuple[int, str | int]:
        """The number and the id for a new record."""
        return await self._numbered(self.resources[resource])

    async def place(self, resource: str, *records: tuple[int, Record]) -> None:
        """Store records that already have an id, each with the given number."""
        resource_type = self.resources[resource]
        await self._put(resource_type, records)
        await self._update_embedders(resource_type, [str(record[resource_type.id_property]) for _, record in records])
        await self._update_counts(resource_type, [(None, record) for _, record in records])

    async def remove(self, resource: str, *ids: Any) -> None:
        """Delete records and those that depend on them. Raises ConflictError if the contract declares it."""
        resource_type = self.resources[resource]
        names = [str(id) for id in ids]
        gone: list[tuple[Record | None, Record | None]] = []
        if resource_type.counters:
            for name in names:
                row = await self.tx.get(resource_type.table, name)
                if row is not None:
                    gone.append((orjson.loads(row.document), None))
        await self._release(resource_type, names)
        await self.tx.remove(resource_type.table, names)
        await self._update_counts(resource_type, gone)

    async def shown(self, resource: str, record: Record, opt_ins: frozenset[str] = _NOTHING) -> Any:
        """The JSON object that a client gets for a record, with the optional properties that the tokens request."""
        resource_type = self.resources[resource]
        return resource_type.view(record, await self._parts(resource_type, record), opt_ins)

    async def body(self, resource: str, id: Any, where: Where | None = None) -> bytes | None:
        """The default view of a record of the caller's that matches a condition, as JSON validated when it was written."""
        return await self.tx.body(self.resources[resource].table, str(id), conjoined(self.owned(resource), where))

    def _owns(self, resource_type: ResourceType, row: Row) -> bool:
        """Whether the caller owns a row; the owner is always in the first column."""
        if resource_type.spec.owner is None or self.caller is NOBODY:
            return True
        return bool(row.columns[0] == self.caller.values.get(resource_type.spec.owner))

    async def _numbered(self, resource_type: ResourceType) -> tuple[int, str | int]:
        """The number and id of a new record; ids that seeds, files and control calls already use are skipped."""
        while True:
            seq = await self.tx.take(resource_type.table.name)
            id = resource_type.ids.at(seq)
            if await self.tx.get(resource_type.table, str(id)) is None:
                return seq, id

    async def reference_errors(self, resource: str, inputs: Mapping[str, Any]) -> list[FieldError]:
        """What is wrong with the references among the inputs of a new or changed record."""
        try:
            await self._referenced(self.resources[resource], {}, inputs)
        except BadRequestError as error:
            return list(error.field_errors)
        return []

    async def _referenced(
        self, resource_type: ResourceType, record: Record, inputs: Mapping[str, Any]
    ) -> dict[str, Row]:
        """The records to which the given properties refer; all must exist, and the caller must own them."""
        found: dict[str, Row] = {}
        field_errors: list[FieldError] = []
        for prop, reference in resource_type.spec.references.items():
            name = resource_type.inputs.get(prop, prop)
            id = inputs.get(name, record.get(prop))
            if id is None:
                continue
            target = self.resources[reference.resource]
            row = await self.tx.get(target.table, str(id)) if isinstance(id, _ID) else None
            if row is None or not self._owns(target, row):
                field_errors.append(
                    FieldError(name, f"does not name an existing {reference.resource.replace('_', ' ')}", f"/{name}")
                )
            else:
                found[prop] = row
        if field_errors:
            raise BadRequestError(field_errors=field_errors)
        return found

    async def _put(self, resource_type: ResourceType, pairs: Sequence[tuple[int, Record]]) -> list[bytes]:
        bodies: list[bytes] = []
        for start in range(0, len(pairs), BATCH):
            rows = [
                resource_type.row(seq, record, await self._parts(resource_type, record))
                for seq, record in pairs[start : start + BATCH]
            ]
            self._note(resource_type, rows)
            await self.tx.put(resource_type.table, rows)
            bodies += [row.body for row in rows]
        return bodies

    def _note(self, resource_type: ResourceType, rows: Sequence[Row]) -> None:
        """Have the session know when the earliest of some records changes by itself, once they are committed."""
        if not resource_type.due or self._agenda is None:
            return
        # The column is the last one.
        moments = [row.columns[-1] for row in rows if row.columns[-1] is not None]
        if moments:
            self.after_commit.append(partial(self._agenda.note, datetime.fromisoformat(min(moments))))

    async def _parts(
        self, resource_type: ResourceType, record: Record, known: Mapping[str, Row] = _NO_ROWS
    ) -> dict[str, Any]:
        """The parts of other records that a view shows; `known` are referenced rows that were already read."""
        if not resource_type.embeds and not resource_type.counts:
            return {}
        parts: dict[str, Any] = {}
        for prop, (reference, embedded) in resource_type.embeds.items():
            id = record.get(reference)
            row = known.get(reference)
            if row is None and id is not None:
                row = await self.tx.get(embedded.table, str(id))
            parts[prop] = None if row is None else row.body
        for prop, (count, counted) in resource_type.counts.items():
            where = conjoined({count.by: record[resource_type.id_property]}, count.where)
            parts[prop] = await self.tx.count(counted.table, where)
        return parts

    async def _release(self, resource_type: ResourceType, ids: Sequence[str]) -> None:
        """Apply the delete rules to the records that refer to records about to be deleted."""
        for referrer, prop in resource_type.referrers:
            rule = referrer.spec.references[prop].on_delete
            if rule == "keep":
                continue
            rows = await self.tx.rows(referrer.table, {prop: [resource_type.ids.own(id) for id in ids]})
            if not rows:
                continue
            if rule == "refuse":
                raise ConflictError(
                    f"This {resource_type.name} cannot be deleted: {len(rows)} {referrer.name} records refer to it."
                )
            if rule == "cascade":
                await self.remove(referrer.name, *(row.id for row in rows))
            else:
                await self.save(referrer.name, *({**orjson.loads(row.document), prop: None} for row in rows))

    async def _update_embedders(self, resource_type: ResourceType, ids: Sequence[str]) -> None:
        """Update the views that show changed records."""
        for embedder, prop in resource_type.embedders:
            rows = await self.tx.rows(embedder.table, {prop: [resource_type.ids.own(id) for id in ids]})
            if rows:
                await self._put(embedder, [(row.seq, orjson.loads(row.document)) for row in rows])
                await self._update_embedders(embedder, [row.id for row in rows])

    async def _update_counts(
        self, resource_type: ResourceType, moved: Sequence[tuple[Record | None, Record | None]]
    ) -> None:
        """Update the records whose counts change; `moved` holds each record before and after the change."""
        anew: dict[tuple[str, str], ResourceType] = {}
        for counter, count in resource_type.counters:
            for pair in moved:
                before, after = (_counted(count, record) for record in pair)
                if before != after:
                    anew |= {(counter.name, id): counter for id in (before, after) if id is not None}
        for (_, id), counter in anew.items():
            row = await self.tx.get(counter.table, id)
            if row is not None:
                await self._put(counter, [(row.seq, orjson.loads(row.document))])
                await self._update_embedders(counter, [id])


def _counted(count: Count, record: Record | None) -> str | None:
    """The id of the record that counts this one, None if no record does."""
    if record is None or record.get(count.by) is None:
        return None
    return str(record[count.by]) if matches(record, count.where) else None
