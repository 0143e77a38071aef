"""The store in memory: sessions share the tables of the seed, and copy those that they change."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

from understudy.mock_server.store.columns import plain
from understudy.mock_server.store.derived import DerivedTable, SeedTable
from understudy.mock_server.store.freed_memory import give_back
from understudy.mock_server.store.interface import JoinedViews, Row, SeedData, Table, TooManySessionsError, Where
from understudy.mock_server.store.table import MemoryTable
from understudy.mock_server.store.unhurried import unhurried

#: A seeded table with more rows is not held in memory: its rows are generated when they are needed.
WRITTEN_OUT = 1_500

#: After so many rows were written, dropping them is worth the milliseconds that it takes to give back their memory.
MANY = 2_000

_VERSIONS = count(1)

#: The tables of a session by name.
MemoryTables = dict[str, MemoryTable | DerivedTable]


class MemoryStore:
    """The records of all sessions of one server; they end with it."""

    needs_task = False

    def __init__(self, tables: Sequence[Table], seed_data: SeedData) -> None:
        self.counters: Mapping[str, int] = {table.name: seed_data.total(table) for table in tables}
        self._tables = {table.name: table for table in tables}
        self.seed_data = seed_data
        self._memory_tables: MemoryTables = {}
        self._sessions: dict[str, MemorySessionStore] = {}

    def memory_table(self, name: str) -> MemoryTable | DerivedTable:
        """A table of the seed, created at first use and shared by all sessions."""
        found = self._memory_tables.get(name)
        if found is None:
            found = self._memory_tables[name] = _load(self.seed_data, self._tables[name])
        return found

    async def session(self, name: str, limit: int | None = None) -> MemorySessionStore:
        """The session with a name, created from the seed at first use. Raises TooManySessionsError."""
        found = self._sessions.get(name)
        if found is None:
            if limit is not None and name and len(self._sessions.keys() - {""}) >= limit:
                raise TooManySessionsError(f"there are {limit} sessions")
            found = self._sessions[name] = MemorySessionStore(name, self)
        return found

    async def sessions(self) -> list[str]:
        """The names of all sessions that exist, sorted, the default one first."""
        return sorted({"", *self._sessions})

    async def drop(self, name: str) -> bool:
        """Delete a session with its records; the default session cannot be deleted."""
        dropped = self._sessions.pop(name, None) if name else None
        if dropped is None:
            return False
        written = dropped.written
        del dropped
        if written >= MANY:
            give_back()
        return True

    async def close(self) -> None:
        """Forget all sessions."""
        self._sessions.clear()


class MemoryState:
    """Tables and counters. Tables are shared with the seed and with forks, and copied once they are changed."""

    __slots__ = ("_own", "_store", "counters", "memory_tables", "written")

    def __init__(self, store: MemoryStore, memory_tables: MemoryTables, counters: Mapping[str, int]) -> None:
        #: The tables that were used; the others are those of the seed.
        self.memory_tables = memory_tables
        self.counters = dict(counters)
        self._store = store
        #: The names of the tables that are not shared.
        self._own: set[str] = set()
        #: How many rows were written, of which some may have been replaced or deleted since.
        self.written = 0

    def memory_table(self, name: str) -> MemoryTable | DerivedTable:
        """A table, not to be changed."""
        found = self.memory_tables.get(name)
        if found is None:
            found = self.memory_tables[name] = self._store.memory_table(name)
        return found

    def changing(self, name: str) -> MemoryTable | DerivedTable:
        """A table that is not shared, so that it can be changed."""
        if name not in self._own:
            self.memory_tables[name] = self.memory_table(name).fork()
            self._own.add(name)
        return self.memory_tables[name]

    def fork(self) -> MemoryState:
        """A copy that can be changed independently."""
        self._own.clear()
        other = MemoryState(self._store, self.memory_tables.copy(), self.counters)
        other.written = self.written
        return other

    def become(self, other: MemoryState) -> None:
        """Take over the tables and counters of another state, which stays as it is."""
        taken = other.fork()
        self.memory_tables, self.counters = taken.memory_tables, taken.counters
        self.written = other.written
        self._own.clear()


class MemorySessionStore:
    """The records of one session and its snapshots."""

    def __init__(self, name: str, store: MemoryStore) -> None:
        self.name = name
        self._store = store
        self._present = MemoryState(store, {}, store.counters)
        self._snapshots: dict[str, MemoryState] = {}
        self._reading = _Reading(self._present)
        #: A number that no other state of any session has.
        self.version = next(_VERSIONS)

    @property
    def written(self) -> int:
        """How many rows were written since the seed."""
        return self._present.written

    def transaction(self, write: bool) -> _Reading | _Writing:
        """A transaction."""
        return _Writing(self._present, self._changed) if write else self._reading

    def _changed(self) -> None:
        self.version = next(_VERSIONS)

    async def reset(self) -> None:
        """Return to the seed."""
        self._changed()
        written = self._present.written
        self._present.become(MemoryState(self._store, {}, self._store.counters))
        if written >= MANY:
            give_back()

    async def save_snapshot(self, label: str) -> None:
        """Save the current state under a label."""
        self._snapshots[label] = self._present.fork()

    async def restore_snapshot(self, label: str) -> bool:
        """Return to a snapshot."""
        found = self._snapshots.get(label)
        if found is not None:
            self._present.become(found)
            self._changed()
        return found is not None

    async def drop_snapshot(self, label: str) -> bool:
        """Delete a snapshot."""
        return self._snapshots.pop(label, None) is not None

    async def snapshots(self) -> list[str]:
        """The labels of all snapshots, sorted."""
        return sorted(self._snapshots)

    @asynccontextmanager
    async def snapshot(self, label: str) -> AsyncIterator[MemoryTransaction | None]:
        """Read a snapshot where it lies."""
        found = self._snapshots.get(label)
        yield None if found is None else unhurried(MemoryTransaction(found))

    @asynccontextmanager
    async def draft(self, label: str) -> AsyncIterator[MemoryTransaction]:
        """Change a copy of the current state and save it under a label."""
        drafted = self._present.fork()
        yield unhurried(MemoryTransaction(drafted))
        self._snapshots[label] = drafted


class MemoryTransaction:
    """The work of one request on a session. It never waits, so no other request sees it half done."""

    __slots__ = ("_state", "_undo")

    def __init__(self, state: MemoryState) -> None:
        self._state = state
        #: How to roll back, to be applied in reverse: a table, an id and its row, or the value of a counter.
        self._undo: list[tuple[str | None, str, Any]] = []

    async def get(self, table: Table, id: str) -> Row | None:
        """The row with an id."""
        return self._state.memory_table(table.name).get(id)

    async def body(self, table: Table, id: str, where: Where) -> bytes | None:
        """The default view of the row with an id, None unless it matches a condition."""
        row = self._state.memory_table(table.name).get(id)
        return row.body if row is not None and _matches(table, row, where) else None

    async def rows(
        self,
        table: Table,
        where: Where,
        order: str = "created",
        limit: int | None = None,
        offset: int = 0,
        after: int | None = None,
    ) -> list[Row]:
        """The rows that match a condition, in an order."""
        return self._state.memory_table(table.name).page(where, order, limit, offset, after)

    async def bodies(
        self, table: Table, where: Where, order: str = "created", limit: int | None = None, offset: int = 0
    ) -> list[bytes]:
        """Only the default views."""
        return [row[3] for row in self._state.memory_table(table.name).page(where, order, limit, offset)]

    async def joined(
        self, table: Table, where: Where, order: str = "created", limit: int | None = None, offset: int = 0
    ) -> JoinedViews:
        """Those views in one text; remembered until a row of the table changes."""
        return self._state.memory_table(table.name).joined(where, order, limit, offset)

    async def bodies_with(
        self,
        table: Table,
        columns: Sequence[str],
        where: Where,
        order: str = "created",
        limit: int | None = None,
        offset: int = 0,
        after: int | None = None,
    ) -> list[tuple[Any, ...]]:
        """The default views, each with values of some columns."""
        rows = self._state.memory_table(table.name).page(where, order, limit, offset, after)
        return list(zip([row[3] for row in rows], *(_values(table, column, rows) for column in columns), strict=True))

    async def count(self, table: Table, where: Where) -> int:
        """How many rows match a condition."""
        return self._state.memory_table(table.name).count(where)

    async def distinct(self, table: Table, column: str, where: Where) -> list[Any]:
        """The distinct values of a column."""
        return self._state.memory_table(table.name).distinct(column, where)

    async def least(self, table: Table, column: str) -> Any:
        """The least value of a column, None if no row has one."""
        return self._state.memory_table(table.name).least(column)

    async def tally(self, table: Table, columns: Sequence[str], where: Where) -> dict[tuple[Any, ...], int]:
        """How many rows there are of each combination of values."""
        return self._state.memory_table(table.name).tally(columns, where)

    async def put(self, table: Table, rows: Sequence[Row]) -> None:
        """Insert rows, or replace those with the same number."""
        memory_table = self._state.changing(table.name)
        self._state.written += len(rows)
        for row in rows:
            self._undo.append((table.name, row.id, memory_table.put(row)))

    async def remove(self, table: Table, ids: Sequence[str]) -> int:
        """Delete rows by id; returns how many there were."""
        memory_table = self._state.changing(table.name)
        dropped = [(table.name, id, old) for id in ids if (old := memory_table.drop(id)) is not None]
        self._undo += dropped
        return len(dropped)

    async def take(self, counter: str, count: int = 1) -> int:
        """Take numbers from a counter; returns the first of them."""
        counters = self._state.counters
        first = counters.get(counter, 0)
        counters[counter] = first + count
        self._undo.append((None, counter, first))
        return first

    async def following(self, counter: str) -> int:
        """The number that a counter gives next."""
        return self._state.counters.get(counter, 0)

    def undo(self) -> None:
        """Restore everything as it was when the transaction began."""
        state = self._state
        for table, name, old in reversed(self._undo):
            if table is None:
                state.counters[name] = old
            elif old is None:
                state.memory_tables[table].drop(name)
            else:
                state.memory_tables[table].put(old)


class _Reading:
    """`async with` around a read-only transaction; one object serves all of them."""

    def __init__(self, state: MemoryState) -> None:
        self._transaction = MemoryTransaction(state)

    async def __aenter__(self) -> MemoryTransaction:
        return self._transaction

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        pass


class _Writing(MemoryTransaction):
    """A writing transaction within `async with`: an exception rolls it back, and `changed` is called at its end."""

    __slots__ = ("_changed",)

    def __init__(self, state: MemoryState, changed: Callable[[], None]) -> None:
        super().__init__(state)
        self._changed = changed

    async def __aenter__(self) -> MemoryTransaction:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if kind is not None:
            self.undo()
        self._changed()


def _values(table: Table, column: str, rows: Sequence[Row]) -> list[Any]:
    if column in {"id", "seq"}:
        place = Row._fields.index(column)
        return [row[place] for row in rows]
    index = table.columns.index(column)
    values = [row[4][index] for row in rows]
    # Values of generated rows are not yet in the form in which they are compared.
    return [value if type(value) is str else plain(value) for value in values]


def _matches(table: Table, row: Row, where: Where) -> bool:
    columns = table.columns
    for column, wanted in where.items():
        if type(wanted) is not str or column not in columns or row.columns[columns.index(column)] != wanted:
            return MemoryTable(table, [row]).count(where) > 0
    return True


def _load(seed_data: SeedData, table: Table) -> MemoryTable | DerivedTable:
    if seed_data.total(table) > WRITTEN_OUT:
        return DerivedTable(SeedTable(seed_data, table))
    return MemoryTable(table, seed_data.rows(table))
