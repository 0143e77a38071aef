"""The SQL statements on one session's database, built from the names in the contract."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import Any

import orjson

from understudy.mock_server.store.columns import plain
from understudy.mock_server.store.interface import JoinedViews, Row, Table, Where


class SqliteTransaction:
    """Statements on one connection, which caches their compiled form by text."""

    __slots__ = ("_execute", "_many")

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute
        self._many = connection.executemany

    async def get(self, table: Table, id: str) -> Row | None:
        """The row with an id."""
        found = self._execute(f"SELECT * FROM {quoted(table.name)} WHERE id = ?", (id,)).fetchone()
        return None if found is None else row_of(found)

    async def body(self, table: Table, id: str, where: Where) -> bytes | None:
        """The default view of the row with an id, None unless it matches a condition."""
        clause, bound = condition(table, where, None)
        text = f"SELECT body FROM {quoted(table.name)}{clause}{' AND' if clause else ' WHERE'} id = ?"
        found = self._execute(text, (*bound, id)).fetchone()
        return None if found is None else found[0]

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
        clause, bound = condition(table, where, after)
        text = selection(table, "*", clause, order)
        return [row_of(found) for found in self._execute(text, (*bound, limit_of(limit), offset))]

    async def bodies(
        self, table: Table, where: Where, order: str = "created", limit: int | None = None, offset: int = 0
    ) -> list[bytes]:
        """Only the default views."""
        clause, bound = condition(table, where, None)
        text = selection(table, "body", clause, order)
        return [found[0] for found in self._execute(text, (*bound, limit_of(limit), offset))]

    async def joined(
        self, table: Table, where: Where, order: str = "created", limit: int | None = None, offset: int = 0
    ) -> JoinedViews:
        """Those views in one text."""
        bodies = await self.bodies(table, where, order, limit, offset)
        return JoinedViews(len(bodies), b",".join(bodies))

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
        clause, bound = condition(table, where, after)
        what = ", ".join(["body", *(column_of(table, column) for column in columns)])
        text = selection(table, what, clause, order)
        return self._execute(text, (*bound, limit_of(limit), offset)).fetchall()

    async def count(self, table: Table, where: Where) -> int:
        """How many rows match a condition."""
        clause, bound = condition(table, where, None)
        found = self._execute(f"SELECT count(*) FROM {quoted(table.name)}{clause}", bound).fetchone()
        return int(found[0])

    async def distinct(self, table: Table, column: str, where: Where) -> list[Any]:
        """The distinct values of a column."""
        clause, bound = condition(table, where, None)
        name = column_of(table, column)
        text = f"SELECT DISTINCT {name} FROM {quoted(table.name)}{clause} ORDER BY {name}"
        return [found[0] for found in self._execute(text, bound) if found[0] is not None]

    async def least(self, table: Table, column: str) -> Any:
        """The least value of a column, None if no row has one."""
        return self._execute(f"SELECT min({column_of(table, column)}) FROM {quoted(table.name)}").fetchone()[0]

    async def tally(self, table: Table, columns: Sequence[str], where: Where) -> dict[tuple[Any, ...], int]:
        """How many rows there are of each combination of values."""
        clause, bound = condition(table, where, None)
        names = ", ".join(column_of(table, column) for column in columns)
        text = f"SELECT {names}, count(*) FROM {quoted(table.name)}{clause} GROUP BY {names}"
        return {found[:-1]: found[-1] for found in self._execute(text, bound)}

    async def put(self, table: Table, rows: Sequence[Row]) -> None:
        """Insert rows, or replace those with the same number."""
        if len(rows) == 1:
            self._execute(insertion(table), values(rows[0]))
        else:
            self._many(insertion(table), map(values, rows))

    async def remove(self, table: Table, ids: Sequence[str]) -> int:
        """Delete rows by id."""
        members, bound = among(ids)
        return int(self._execute(f"DELETE FROM {quoted(table.name)} WHERE id IN {members}", bound).rowcount)

    async def take(self, counter: str, count: int = 1) -> int:
        """Take numbers from a counter; returns the first of them."""
        text = (
            "INSERT INTO _counters (name, value) VALUES (?1, ?2) "
            "ON CONFLICT (name) DO UPDATE SET value = value + ?2 RETURNING value"
        )
        return int(self._execute(text, (counter, count)).fetchone()[0]) - count

    async def following(self, counter: str) -> int:
        """The number that a counter gives next."""
        found = self._execute("SELECT value FROM _counters WHERE name = ?", (counter,)).fetchone()
        return 0 if found is None else int(found[0])


def insertion(table: Table) -> str:
    """Insert a row or replace the one with its number."""
    return _insertion(table.name, table.columns)


@cache
def _insertion(name: str, columns: tuple[str, ...]) -> str:
    kept = ["id", "document", "body", *(quoted("c_" + column) for column in columns)]
    changed = ", ".join(f"{column} = excluded.{column}" for column in kept)
    marks = ", ".join("?" * (1 + len(kept)))
    return f"INSERT INTO {quoted(name)} VALUES ({marks}) ON CONFLICT (seq) DO UPDATE SET {changed}"


def values(row: Row) -> tuple[Any, ...]:
    return (row.seq, row.id, row.document, row.body, *map(plain, row.columns))


def array(values: Iterable[Any]) -> str:
    """A JSON array: one parameter for any number of values."""
    return orjson.dumps(list(values)).decode()


def among(values: Iterable[Any]) -> tuple[str, list[Any]]:
    """The operand of IN and its parameters: a JSON array, unless a text contains U+0000, where SQLite's JSON ends it."""
    listed = [value if type(value) is str else plain(value) for value in values]
    encoded = array(listed)
    if "\\u0000" in encoded:
        return f"({', '.join('?' * len(listed))})", listed
    return "(SELECT value FROM json_each(?))", [encoded]


def row_of(found: tuple[Any, ...]) -> Row:
    return Row(found[0], found[1], found[2], found[3], found[4:])


@cache
def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def column_of(table: Table, name: str) -> str:
    if name in {"id", "seq"}:
        return name
    if name not in table.columns:
        raise KeyError(f"{table.name} has no column {name!r}; add it to the resource's indexes")
    return quoted("c_" + name)


def condition(table: Table, where: Where, after: int | None) -> tuple[str, tuple[Any, ...]]:
    """The WHERE clause and its parameters."""
    if after is None and all(type(wanted) in _SIMPLE for wanted in where.values()):
        return _equal(table.name, table.columns, tuple(where)), tuple(map(plain, where.values()))
    parts: list[str] = []
    values: list[Any] = []
    for name, wanted in where.items():
        place = column_of(table, name)
        if isinstance(wanted, list | tuple | set | frozenset):
            if len(wanted) != 1 or None in wanted:
                members, bound = among(wanted)
                parts.append(f"{place} IN {members}")
                values += bound
                continue
            # For an equality SQLite reads an index in the order of its rows and sorts nothing.
            (wanted,) = wanted
        if wanted is None:
            parts.append(f"{place} IS NULL")
        else:
            parts.append(f"{place} = ?")
            values.append(plain(wanted))
    if after is not None:
        parts.append("seq > ?")
        values.append(after)
    return " WHERE " + " AND ".join(parts), tuple(values)


#: Types of values that are compared by equality; nearly every condition has only those.
_SIMPLE = frozenset({str, int, float, bool})


@cache
def _equal(name: str, columns: tuple[str, ...], names: tuple[str, ...]) -> str:
    if not names:
        return ""
    table = Table(name, columns)
    return " WHERE " + " AND ".join(f"{column_of(table, each)} = ?" for each in names)


def selection(table: Table, what: str, clause: str, order: str) -> str:
    """A statement for a range of the rows that match a condition, in an order."""
    return _selection(table.name, table.columns, what, clause, order)


@lru_cache(4096)
def _selection(name: str, columns: tuple[str, ...], what: str, clause: str, order: str) -> str:
    source, sorted_by = quoted(name), order_of(Table(name, columns), order)
    if " IN " not in clause:
        return f"SELECT {what} FROM {source}{clause}{sorted_by} LIMIT ? OFFSET ?"
    # Rows that match one of several values have to be sorted: only their numbers, not whole documents.
    wanted = f"SELECT seq FROM {source}{clause}{sorted_by} LIMIT ? OFFSET ?"
    return f"SELECT {what} FROM {source} WHERE seq IN ({wanted}){sorted_by}"


def order_of(table: Table, order: str) -> str:
    name, direction = (order[1:], " DESC") if order.startswith("-") else (order, "")
    if name == "created":
        return f" ORDER BY seq{direction}"
    return f" ORDER BY {column_of(table, name)}{direction}, seq{direction}"


def limit_of(limit: int | None) -> int:
    return -1 if limit is None else limit
