"""The tables of one schema, and the statements that are the same for every session."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b

from understudy.mock_server.store.interface import Table
from understudy.mock_server.store.postgres.names import MATERIAL, quoted, short

#: The number of the pristine copy.
PRISTINE = 0


class Layout:
    """The names of one schema's tables, and the statements that are the same for every session."""

    def __init__(self, schema: str, tables: Sequence[Table]) -> None:
        self.schema = schema
        self.tables = tuple(tables)
        self.namespace = own = quoted(schema)
        self.meta, self.sessions, self.snapshots, self.counters, self.numbers = (
            f"{own}.{name}" for name in ("_meta", "_sessions", "_snapshots", "_counters", "_numbers")
        )
        #: The first half of the advisory locks of this schema; the other half is the number of a session.
        self.lock = int.from_bytes(blake2b(schema.encode(), digest_size=4).digest(), "big", signed=True)
        self._bare = {table.name: short(table.name) for table in self.tables}
        self._names = {name: f"{own}.{quoted(bare)}" for name, bare in self._bare.items()}
        self._columns = {
            (table.name, column): quoted(short(f"c_{column}")) for table in self.tables for column in table.columns
        }
        self._insertion = {table.name: self._insert(table, many=False) for table in self.tables}
        self._insertions = {table.name: self._insert(table, many=True) for table in self.tables}

    def bare(self, table: Table) -> str:
        """A table's name without its schema, unquoted."""
        return self._bare[table.name]

    def bare_columns(self, table: Table) -> list[str]:
        """The names of a table's look-up columns, unquoted."""
        return [short(f"c_{column}") for column in table.columns]

    def name(self, table: Table) -> str:
        """A table's name as it is written in statements."""
        return self._names[table.name]

    def column(self, table: Table, name: str) -> str:
        """The name of a column. Raises KeyError for an unknown one."""
        if name in {"id", "seq"}:
            return name
        found = self._columns.get((table.name, name))
        if found is None:
            raise KeyError(f"{table.name} has no column {name!r}; add it to the resource's indexes")
        return found

    def order(self, table: Table, order: str) -> str:
        """The clause for an order, in which rows without a value come first, as the smallest."""
        name, descending = (order[1:], True) if order.startswith("-") else (order, False)
        direction, nulls = ("DESC", "NULLS LAST") if descending else ("ASC", "NULLS FIRST")
        if name == "created":
            return f" ORDER BY seq {direction}"
        return f" ORDER BY {self.column(table, name)} {direction} {nulls}, seq {direction}"

    def insertion(self, table: Table) -> str:
        """Insert or replace one row."""
        return self._insertion[table.name]

    def insertions(self, table: Table) -> str:
        """Insert or replace many rows, given as one array for each column."""
        return self._insertions[table.name]

    def locking(self, number: int) -> str:
        """Lock a session until the transaction ends."""
        return f"SELECT pg_advisory_xact_lock({self.lock}, {number})"

    def reading(self, number: int) -> str:
        """Begin a transaction that reads; the last statement finds out whether the session exists."""
        return f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {self._existing(number)}"

    def writing(self, number: int) -> str:
        """Begin a transaction that writes; each statement after the lock sees what was committed before it was granted."""
        return f"BEGIN ISOLATION LEVEL READ COMMITTED; {self.relocking(number)}"

    def drafting(self, number: int) -> str:
        """Begin a transaction that copies a session: nobody else writes to it until it is `released`."""
        return (
            f"BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_lock({self.lock}, {number}); "
            f"{self._existing(number)}"
        )

    def released(self, number: int) -> str:
        """Let others write to a session while the transaction that copied it goes on."""
        return f"SELECT pg_advisory_unlock({self.lock}, {number})"

    def relocking(self, number: int) -> str:
        """Lock a session until the transaction ends; the last statement finds out whether it exists."""
        return f"{self.locking(number)}; {self._existing(number)}"

    def copying(self, source: int, target: int) -> str:
        """Copy all rows and counters from one number to another."""
        return ";".join(
            f"INSERT INTO {name} ({', '.join(columns)}) "
            f"SELECT {target}, {', '.join(columns[1:])} FROM {name} WHERE session = {source}"
            for name, columns in self._contents()
        )

    def emptying(self, numbers: Iterable[int]) -> str:
        """Delete all rows and counters of some numbers."""
        listed = ", ".join(map(str, numbers))
        return ";".join(f"DELETE FROM {name} WHERE session IN ({listed})" for name, _ in self._contents())

    def creating(self) -> str:
        """Create everything in the schema."""
        return ";".join(self._creations())

    def analyzing(self) -> str:
        """Update the planner's statistics after seeding."""
        return ";".join(f"ANALYZE {name}" for name in self._names.values())

    def _existing(self, number: int) -> str:
        return f"SELECT FROM {self.sessions} WHERE number = {number}"

    def _contents(self) -> Iterator[tuple[str, list[str]]]:
        yield self.counters, ["session", "name", "value"]
        for table in self.tables:
            yield self.name(table), ["session", *MATERIAL, *(self.column(table, name) for name in table.columns)]

    def _creations(self) -> Iterator[str]:
        yield f"CREATE SEQUENCE {self.numbers} AS integer"
        yield f"CREATE TABLE {self.meta} (name text PRIMARY KEY, value text NOT NULL)"
        yield f"CREATE TABLE {self.sessions} (name bytea PRIMARY KEY, number integer NOT NULL UNIQUE)"
        yield (
            f"CREATE TABLE {self.snapshots} "
            "(session integer, label bytea, number integer NOT NULL, PRIMARY KEY (session, label))"
        )
        yield f"CREATE TABLE {self.counters} (session integer, name text, value bigint, PRIMARY KEY (session, name))"
        for table in self.tables:
            name = self.name(table)
            columns = [self.column(table, column) for column in table.columns]
            kept = "".join(f", {column} bytea" for column in columns)
            yield (
                f"CREATE TABLE {name} (session integer, seq bigint, id bytea NOT NULL, document bytea NOT NULL, "
                f"body bytea NOT NULL, columns bytea NOT NULL{kept}, PRIMARY KEY (session, seq), UNIQUE (session, id))"
            )
            for column in columns:
                yield f"CREATE INDEX ON {name} (session, {column} NULLS FIRST, seq)"

    def _insert(self, table: Table, many: bool) -> str:
        columns = [*MATERIAL, *(self.column(table, name) for name in table.columns)]
        kinds = ["bigint", *["bytea"] * (len(columns) - 1)]
        values = [f"${n}::{kind}[]" if many else f"${n}" for n, kind in enumerate(kinds, 2)]
        source = (
            f"SELECT $1::integer, * FROM unnest({', '.join(values)})" if many else f"VALUES ($1, {', '.join(values)})"
        )
        changes = ", ".join(f"{column} = EXCLUDED.{column}" for column in columns if column != "seq")
        return (
            f"INSERT INTO {self.name(table)} (session, {', '.join(columns)}) {source} "
            f"ON CONFLICT (session, seq) DO UPDATE SET {changes}"
        )
