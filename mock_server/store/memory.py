"""The store in memory: sessions share the tables of the seed, and copy those that they change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from understudy.mock_server.store.columns import plain
from understudy.mock_server.store.derived import DerivedTable, SeedTable
from understudy.mock_server.store.interface import Row, SeedData, Table, Where
from understudy.mock_server.store.table import MemoryTable

#: A seeded table with more rows is not held in memory: its rows are generated when they are needed.
WRITTEN_OUT = 1_500

#: The tables of a session by name.
MemoryTables = dict[str, MemoryTable | DerivedTable]


class MemoryStore:
    """The records of all sessions of one server; they end with it."""

    def __init__(self, tables: Sequence[Table], seed_data: SeedData) -> None:
        self.counters: Mapping[str, int] = {table.name: seed_data.total(table) for table in tables}
        self._tables = {table.name: table for table in tables}
        self._seed_data = seed_data
        self._memory_tables: MemoryTables = {}
        self._sessions: dict[str, MemorySessionStore] = {}

    def memory_table(self, name: str) -> MemoryTable | DerivedTable:
        """A table of the seed, created at first use and shared by all sessions."""
        found = self._memory_tables.get(name)
        if found is None:
            found = self._memory_tables[name] = _load(self._seed_data, self._tables[name])
        return found

    async def session(self, name: str) -> MemorySessionStore:
        """The session with a name, created from the seed at first use."""
        found = self._sessions.get(name)
        if found is None:
            found = self._sessions[name] = MemorySessionStore(name, self)
        return found

    async def sessions(self) -> list[str]:
        """The names of all sessions that exist, sorted, the default one first."""
        return sorted({"", *self._sessions})

    async def drop(self, name: str) -> bool:
        """Delete a session with its records; the default session cannot be deleted."""
        return bool(name) and self._sessions.pop(name, None) is not None

    async def close(self) -> None:
        """Forget all sessions."""
        self._sessions.clear()


class MemorySessionStore:
    """The records of one session: the tables of the seed, replaced by copies once they are changed."""

    def __init__(self, name: str, store: MemoryStore) -> None:
        self.name = name
        #: The tables that were used; the others are those of the seed.
        self.memory_tables: MemoryTables = {}
        self.counters = dict(store.counters)
        #: The tables that are not shared with another session or a snapshot.
        self.own: set[str] = set()
        self._store = store
        self._snapshots: dict[str, tuple[MemoryTables, Mapping[str, int]]] = {}
        self._reading = _Reading(self)

    def memory_table(self, name: str) -> MemoryTable | DerivedTable:
        """A table, not to be changed."""
        found = self.memory_tables.get(name)
        if found is None:
            found = self.memory_tables[name] = self._store.memory_table(name)
        return found

    def transaction(self, write: bool) -> _Reading:
        """A transaction."""
        return _Writing(self) if write else self._reading

    async def reset(self) -> None:
        """Return to the seed."""
        self._begin({}, self._store.counters)

    async def save_snapshot(self, label: str) -> None:
        """Save the current state under a label."""
        self._snapshots[label] = self.memory_tables.copy(), self.counters.copy()
        self.own.clear()

    async def restore_snapshot(self, label: str) -> bool:
        """Return to a snapshot."""
        found = self._snapshots.get(label)
        if found is not None:
            self._begin(*found)
        return found is not None

    async def drop_snapshot(self, label: str) -> bool:
        """Delete a snapshot."""
        return self._snapshots.pop(label, None) is not None

    async def snapshots(self) -> list[str]:
        """The labels of all snapshots, sorted."""
        return sorted(self._snapshots)

    def _begin(self, memory_tables: MemoryTables, counters: Mapping[str, int]) -> None:
        self.memory_tables = memory_tables.copy()
        self.counters = dict(counters)
        self.own.clear()


class MemoryTransaction:
    """The work of one request on a session. It never waits, so no other request sees it half done."""

    __slots__ = ("_session", "_undo")

    def __init__(self, session: MemorySessionStore) -> None:
        self._session = session
        #: How to roll back, to be applied in reverse: a table, an id and its row, or the value of a counter.
        self._undo: list[tuple[str | None, str, Any]] = []

    async def get(self, table: Table, id: str) -> Row | None:
        """The row with an id."""
        return self._session.memory_table(table.name).get(id)

    async def body(self, table: Table, id: str, where: Where) -> bytes | None:
        """The default view of the row with an id, None unless it matches a condition."""
        memory_table = self._session.memory_table(table.name)
        row = memory_table.get(id)
        if row is None:
            return None
        for column, wanted in where.items():
            if type(wanted) is not str or row.columns[table.columns.index(column)] != wanted:
                return row.body if memory_table.count({"id": id, **where}) else None
        return row.body

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
        return self._session.memory_table(table.name).page(where, order, limit, offset, after)

    async def bodies(
        self, table: Table, where: Where, order: str = "created", limit: int | None = None, offset: int = 0
    ) -> list[bytes]:
        """Only the default views."""
        return [row[3] for row in self._session.memory_table(table.name).page(where, order, limit, offset)]

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
        rows = self._session.memory_table(table.name).page(where, order, limit, offset, after)
        return list(zip([row[3] for row in rows], *(_values(table, column, rows) for column in columns), strict=True))

    async def count(self, table: Table, where: Where) -> int:
        """How many rows match a condition."""
        return self._session.memory_table(table.name).count(where)

    async def distinct(self, table: Table, column: str, where: Where) -> list[Any]:
        """The distinct values of a column."""
        return self._session.memory_table(table.name).distinct(column, where)

    async def tally(self, table: Table, columns: Sequence[str], where: Where) -> dict[tuple[Any, ...], int]:
        """How many rows there are of each combination of values."""
        return self._session.memory_table(table.name).tally(columns, where)

    async def put(self, table: Table, rows: Sequence[Row]) -> None:
        """Insert rows, or replace those with the same number."""
        memory_table = self._changing(table.name)
        for row in rows:
            self._undo.append((table.name, row.id, memory_table.put(row)))

    async def remove(self, table: Table, ids: Sequence[str]) -> int:
        """Delete rows by id; returns how many there were."""
        memory_table = self._changing(table.name)
        dropped = [(table.name, id, old) for id in ids if (old := memory_table.drop(id)) is not None]
        self._undo += dropped
        return len(dropped)

    async def take(self, counter: str, count: int = 1) -> int:
        """Take numbers from a counter; returns the first of them."""
        counters = self._session.counters
        first = counters.get(counter, 0)
        counters[counter] = first + count
        self._undo.append((None, counter, first))
        return first

    def undo(self) -> None:
        """Restore everything as it was when the transaction began."""
        session = self._session
        for table, name, old in reversed(self._undo):
            if table is None:
                session.counters[name] = old
            elif old is None:
                session.memory_tables[table].drop(name)
            else:
                session.memory_tables[table].put(old)

    def _changing(self, name: str) -> MemoryTable | DerivedTable:
        """A table that is not shared, so that it can be changed."""
        session = self._session
        if name not in session.own:
            session.memory_tables[name] = session.memory_table(name).fork()
            session.own.add(name)
        return session.memory_tables[name]


class _Reading:
    """`async with` around a read-only transaction; one object serves all of them."""

    def __init__(self, session: MemorySessionStore) -> None:
        self._transaction = MemoryTransaction(session)

    async def __aenter__(self) -> MemoryTransaction:
        return self._transaction

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        pass


class _Writing(_Reading):
    """`async with` around a writing transaction, which an exception rolls back."""

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if kind is not None:
            self._transaction.undo()


def _values(table: Table, column: str, rows: Sequence[Row]) -> list[Any]:
    if column in {"id", "seq"}:
        return [getattr(row, column) for row in rows]
    index = table.columns.index(column)
    values = [row[4][index] for row in rows]
    # Values of generated rows are not yet in the form in which they are compared.
    return [value if type(value) is str else plain(value) for value in values]


def _load(seed_data: SeedData, table: Table) -> MemoryTable | DerivedTable:
    if seed_data.total(table) > WRITTEN_OUT:
        return DerivedTable(SeedTable(seed_data, table))
    return MemoryTable(table, seed_data.rows(table))
