"""Large seeded tables that are not written out: their rows are derived when they are asked for."""

from __future__ import annotations

import logging
import sqlite3
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mock_server.store.columns import key, plain
from mock_server.store.interface import Numbers, Row, Seeding, Table, Where
from mock_server.store.statements import (
    SqliteTransaction,
    among,
    array,
    condition,
    filling,
    fits,
    limit_of,
    quoted,
    row_of,
    value_of,
    values,
)

#: A table up to this size is written out when it is read through, since it will be again; a larger one would fill the
#: memory that deriving it saves.
SCANNED = 200_000

log = logging.getLogger("understudy")


@dataclass(frozen=True, slots=True)
class Derived:
    """A seeded table that is not written out."""

    seeding: Seeding
    table: Table

    @property
    def total(self) -> int:
        """How many rows the seed has; those made later have a higher `seq`."""
        return self.seeding.total(self.table)


class DerivedTransaction(SqliteTransaction):
    """Adds the rows of large seeded tables, which are derived when they are asked for.

    The database holds what differs from the seed: rows that were changed or made, and the numbers of those that
    are gone. Pages and counts of a derived table are found by arithmetic where the condition repeats with the
    number; any other condition makes the table be written out once, at the cost of its rows.
    """

    __slots__ = ("_connection", "_derived")

    def __init__(self, connection: sqlite3.Connection, derived: Mapping[str, Derived]) -> None:
        super().__init__(connection)
        self._connection = connection
        self._derived = derived

    async def get(self, table: Table, id: str) -> Row | None:
        """The row with an id."""
        found = await super().get(table, id)
        derived = self._derived.get(table.name)
        if found is not None or derived is None:
            return found
        number = derived.seeding.number(table, id)
        if number is None or self._is_gone(table, number):
            return None
        return derived.seeding.row(table, number)

    async def body(self, table: Table, id: str, where: Where) -> bytes | None:
        """The default view of the row with an id, if it fits a condition."""
        if table.name not in self._derived:
            return await super().body(table, id, where)
        row = await self.get(table, id)
        return row.body if row is not None and fits(table, row, where) else None

    async def rows(
        self,
        table: Table,
        where: Where,
        order: str = "created",
        limit: int | None = None,
        offset: int = 0,
        after: int | None = None,
    ) -> list[Row]:
        """Rows by condition, in an order."""
        derived = self._derived.get(table.name)
        if derived is None:
            return await super().rows(table, where, order, limit, offset, after)
        if "id" in where:
            return await self._by_ids(table, where, limit, offset, order)
        numbers = self._numbers(derived, where) if order in {"created", "-created"} else None
        if numbers is None:
            self._write_out(derived)
            return await super().rows(table, where, order, limit, offset, after)
        if (limit is None or after is not None) and derived.total <= SCANNED:
            self._write_out(derived)
        made_after = derived.total - 1 if after is None else max(after, derived.total - 1)
        return await self._page(derived, numbers, where, order, limit, offset, after, made_after)

    async def bodies(
        self, table: Table, where: Where, order: str = "created", limit: int | None = None, offset: int = 0
    ) -> list[bytes]:
        """Only the default views."""
        if table.name not in self._derived:
            return await super().bodies(table, where, order, limit, offset)
        return [row.body for row in await self.rows(table, where, order, limit, offset)]

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
        if table.name not in self._derived:
            return await super().bodies_with(table, columns, where, order, limit, offset, after)
        rows = await self.rows(table, where, order, limit, offset, after)
        return [(row.body, *(plain(value_of(table, row, column)) for column in columns)) for row in rows]

    async def count(self, table: Table, where: Where) -> int:
        """How many rows fit."""
        derived = self._derived.get(table.name)
        if derived is None:
            return await super().count(table, where)
        if "id" in where:
            return len(await self._by_ids(table, where, None, 0, "created"))
        numbers = self._numbers(derived, where)
        if numbers is None:
            self._write_out(derived)
            return await super().count(table, where)
        return len(numbers) - len(self._gone(table, numbers)) + self._made(derived, where, derived.total - 1)

    async def distinct(self, table: Table, column: str, where: Where) -> list[Any]:
        """The different values of a column."""
        if table.name in self._derived:
            self._write_out(self._derived[table.name])
        return await super().distinct(table, column, where)

    async def tally(self, table: Table, columns: Sequence[str], where: Where) -> dict[tuple[Any, ...], int]:
        """How many rows there are of each combination of values."""
        if table.name in self._derived:
            self._write_out(self._derived[table.name])
        return await super().tally(table, columns, where)

    async def put(self, table: Table, rows: Sequence[Row]) -> None:
        """Insert or replace rows by id."""
        derived = self._derived.get(table.name)
        if derived is not None and any(
            row.seq < derived.total and row.columns != derived.seeding.row(table, row.seq).columns for row in rows
        ):
            # A changed column breaks the arithmetic: from now on this table is looked up like any other.
            self._write_out(derived)
            self._execute("UPDATE _derived SET moved = 1 WHERE name = ?", (table.name,))
        await super().put(table, rows)

    async def remove(self, table: Table, ids: Sequence[str]) -> int:
        """Delete rows by id."""
        derived = self._derived.get(table.name)
        if derived is None:
            return await super().remove(table, ids)
        numbers = [n for id in ids if (n := derived.seeding.number(table, id)) is not None]
        fresh = [n for n in dict.fromkeys(numbers) if not self._is_gone(table, n, written_out=False)]
        self._many("INSERT INTO _gone VALUES (?, ?)", ((table.name, n) for n in fresh))
        total = derived.total
        members, bound = among(ids)
        text = f"DELETE FROM {quoted(table.name)} WHERE id IN {members} AND seq >= ?"
        made = int(self._execute(text, (*bound, total)).rowcount)
        await super().remove(table, ids)
        return len(fresh) + made

    def _numbers(self, derived: Derived, where: Where) -> Numbers | None:
        text = "SELECT moved FROM _derived WHERE name = ?"
        moved = self._execute(text, (derived.table.name,)).fetchone()[0]
        return None if moved else derived.seeding.select(derived.table, where)

    def _is_gone(self, table: Table, number: int, written_out: bool = True) -> bool:
        """Whether a seeded row was deleted; once the table is written out, what is not in it is gone."""
        text = "SELECT 1 FROM _gone WHERE name = ?1 AND seq = ?2"
        if written_out:
            text += " UNION ALL SELECT 1 FROM _derived WHERE name = ?1 AND written"
        return self._execute(text, (table.name, number)).fetchone() is not None

    def _gone(self, table: Table, numbers: Numbers) -> list[int]:
        """The positions of deleted rows within a selection, ascending."""
        found = self._execute("SELECT seq FROM _gone WHERE name = ? ORDER BY seq", (table.name,))
        return [numbers.rank(seq) for (seq,) in found if seq in numbers]

    def _made(self, derived: Derived, where: Where, after: int) -> int:
        clause, bound = condition(derived.table, where, after)
        text = f"SELECT count(*) FROM {quoted(derived.table.name)}{clause}"
        return int(self._execute(text, bound).fetchone()[0])

    async def _page(
        self,
        derived: Derived,
        numbers: Numbers,
        where: Where,
        order: str,
        limit: int | None,
        offset: int,
        after: int | None,
        made_after: int,
    ) -> list[Row]:
        """A stretch of the seeded rows that are left, then of those made later; the other way round descending."""
        table = derived.table
        gone = self._gone(table, numbers)
        first = 0 if after is None else numbers.rank(after + 1)
        alive = len(numbers) - first - (len(gone) - bisect_left(gone, first))
        if order == "created":
            seeded = self._seeded(derived, numbers, gone, first, offset, _less(alive - offset, limit))
            rest = None if limit is None else limit - len(seeded)
            behind = max(0, offset - alive)
            made = await super().rows(table, where, order, rest, behind, made_after) if rest != 0 else []
            return [*seeded, *made]
        count = self._made(derived, where, made_after)
        made = await self._newest(table, where, limit, offset, made_after)
        rest = alive if limit is None else limit - len(made)
        start = max(0, offset - count)
        wanted = max(0, min(rest, alive - start))
        seeded = self._seeded(derived, numbers, gone, 0, alive - start - wanted, wanted)
        return [*made, *reversed(seeded)]

    async def _newest(self, table: Table, where: Where, limit: int | None, offset: int, after: int) -> list[Row]:
        clause, bound = condition(table, where, after)
        text = f"SELECT * FROM {quoted(table.name)}{clause} ORDER BY seq DESC LIMIT ? OFFSET ?"
        return [row_of(found) for found in self._execute(text, (*bound, limit_of(limit), offset))]

    def _seeded(
        self, derived: Derived, numbers: Numbers, gone: Sequence[int], first: int, offset: int, count: int
    ) -> list[Row]:
        """`count` seeded rows that are left, from the `offset`-th behind position `first`."""
        if count <= 0:
            return []
        position = _skip(gone, first, offset)
        missing = set(gone)
        wanted: list[int] = []
        while len(wanted) < count:
            if position not in missing:
                wanted.append(numbers.at(position))
            position += 1
        text = f"SELECT * FROM {quoted(derived.table.name)} WHERE seq IN (SELECT value FROM json_each(?))"
        changed = {found[0]: row_of(found) for found in self._execute(text, (array(wanted),))}
        return [changed.get(number) or derived.seeding.row(derived.table, number) for number in wanted]

    async def _by_ids(self, table: Table, where: Where, limit: int | None, offset: int, order: str) -> list[Row]:
        wanted = where["id"]
        ids = wanted if isinstance(wanted, list | tuple | set | frozenset) else [wanted]
        found = [row for id in dict.fromkeys(ids) if (row := await self.get(table, str(id))) is not None]
        others = {name: value for name, value in where.items() if name != "id"}
        rows = [row for row in found if fits(table, row, others)]
        name = order.removeprefix("-")
        place = None if name == "created" else table.columns.index(name)
        rows.sort(key=lambda row: (b"" if place is None else key(row.columns[place]) or b"", row.seq))
        if order.startswith("-"):
            rows.reverse()
        return rows[offset:] if limit is None else rows[offset : offset + limit]

    def _write_out(self, derived: Derived) -> None:
        """Put every seeded row that is neither changed nor gone into the database."""
        table = derived.table
        if self._execute("SELECT written FROM _derived WHERE name = ?", (table.name,)).fetchone()[0]:
            return
        log.info("writing out %s rows of %s", derived.total, table.name)
        name = quoted(table.name)
        alone = not self._connection.in_transaction
        if alone:
            self._execute("BEGIN")
        self._many(filling(table), map(values, derived.seeding.rows(table)))
        self._execute(
            f"DELETE FROM {name} WHERE seq IN (SELECT seq FROM _gone WHERE name = ?) AND seq < ?",
            (table.name, derived.total),
        )
        self._execute("UPDATE _derived SET written = 1 WHERE name = ?", (table.name,))
        if alone:
            self._execute("COMMIT")


def _less(alive: int, limit: int | None) -> int:
    return max(0, alive if limit is None else min(alive, limit))


def _skip(gone: Sequence[int], first: int, offset: int) -> int:
    """The position of the `offset`-th row that is left, counted from position `first`."""
    position = first + offset
    before = bisect_left(gone, first)
    while True:
        moved = first + offset + bisect_right(gone, position) - before
        if moved == position:
            return position
        position = moved
