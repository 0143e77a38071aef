"""The statements of one request on one connection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from understudy.mock_server.store.columns import key, text_key
from understudy.mock_server.store.interface import JoinedViews, Row, Table, Where
from understudy.mock_server.store.postgres.layout import Layout
from understudy.mock_server.store.postgres.names import ROW, material, read, row_of, written


class PostgresTransaction:
    """Statements of one session on one connection, which caches their prepared form by text."""

    __slots__ = ("_layout", "connection", "number")

    def __init__(self, connection: Any, layout: Layout, number: int) -> None:
        self.connection = connection
        self._layout = layout
        self.number = number

    async def get(self, table: Table, id: str) -> Row | None:
        """The row with an id."""
        found = await self.connection.fetchrow(
            f"SELECT {ROW} FROM {self._layout.name(table)} WHERE session = $1 AND id = $2", self.number, text_key(id)
        )
        return None if found is None else row_of(found)

    async def body(self, table: Table, id: str, where: Where) -> bytes | None:
        """The default view of the row with an id, None unless it matches a condition."""
        condition, values = self._condition(table, where)
        found: bytes | None = await self.connection.fetchval(
            f"SELECT body FROM {self._layout.name(table)}{condition} AND id = ${len(values) + 1}",
            *values,
            text_key(id),
        )
        return found

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
        return [row_of(found) for found in await self._select(ROW, table, where, order, limit, offset, after)]

    async def bodies(
        self, table: Table, where: Where, order: str = "created", limit: int | None = None, offset: int = 0
    ) -> list[bytes]:
        """Only the default views."""
        return [found[0] for found in await self._select("body", table, where, order, limit, offset)]

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
        names = ["id", *table.columns, "seq"]
        places = [names.index(column) for column in columns]
        found = await self._select("body, columns, seq", table, where, order, limit, offset, after)
        rows = [(body, [*orjson.loads(kept), seq]) for body, kept, seq in found]
        return [(body, *(kept[place] for place in places)) for body, kept in rows]

    async def count(self, table: Table, where: Where) -> int:
        """How many rows match a condition."""
        condition, values = self._condition(table, where)
        return int(
            await self.connection.fetchval(f"SELECT count(*) FROM {self._layout.name(table)}{condition}", *values)
        )

    async def distinct(self, table: Table, column: str, where: Where) -> list[Any]:
        """The distinct values of a column."""
        layout = self._layout
        name = layout.column(table, column)
        condition, values = self._condition(table, where)
        found = await self.connection.fetch(
            f"SELECT DISTINCT ON ({name}) {ROW} FROM {layout.name(table)}{condition} AND {name} IS NOT NULL "
            f"ORDER BY {name}, seq",
            *values,
        )
        rows = map(row_of, found)
        if column in {"id", "seq"}:
            return [getattr(row, column) for row in rows]
        place = table.columns.index(column)
        return [row.columns[place] for row in rows]

    async def least(self, table: Table, column: str) -> Any:
        """The least value of a column, None if no row has one."""
        name = self._layout.column(table, column)
        found = await self.connection.fetchrow(
            f"SELECT {ROW} FROM {self._layout.name(table)} WHERE session = $1 AND {name} IS NOT NULL "
            f"ORDER BY {name} LIMIT 1",
            self.number,
        )
        if found is None:
            return None
        row = row_of(found)
        return getattr(row, column) if column in {"id", "seq"} else row.columns[table.columns.index(column)]

    async def tally(self, table: Table, columns: Sequence[str], where: Where) -> dict[tuple[Any, ...], int]:
        """How many rows there are of each combination of values."""
        layout = self._layout
        names = ", ".join(layout.column(table, column) for column in columns)
        condition, values = self._condition(table, where)
        # The columns hold keys, which cannot be decoded: the values are read from one row of each combination.
        found = await self.connection.fetch(
            f"SELECT DISTINCT ON ({names}) columns, count(*) OVER (PARTITION BY {names}) "
            f"FROM {layout.name(table)}{condition} ORDER BY {names}, seq",
            *values,
        )
        places = [table.columns.index(column) + 1 for column in columns]
        rows = [(orjson.loads(kept), count) for kept, count in found]
        return {tuple(row[place] for place in places): count for row, count in rows}

    async def put(self, table: Table, rows: Sequence[Row]) -> None:
        """Insert rows, or replace those with the same number."""
        layout = self._layout
        if len(rows) == 1:
            row = rows[0]
            await self.connection.execute(layout.insertion(table), self.number, *material(row), *map(key, row.columns))
        elif rows:
            last = {row.seq: row for row in rows}.values()
            parts = [(*material(row), *map(key, row.columns)) for row in last]
            await self.connection.execute(layout.insertions(table), self.number, *map(list, zip(*parts, strict=True)))

    async def remove(self, table: Table, ids: Sequence[str]) -> int:
        """Delete rows by id."""
        done = await self.connection.execute(
            f"DELETE FROM {self._layout.name(table)} WHERE session = $1 AND id = ANY($2::bytea[])",
            self.number,
            [text_key(id) for id in ids],
        )
        return int(done.split()[-1])

    async def take(self, counter: str, count: int = 1) -> int:
        """Take numbers from a counter; returns the first of them."""
        counters = self._layout.counters
        value = await self.connection.fetchval(
            f"INSERT INTO {counters} AS kept (session, name, value) VALUES ($1, $2, $3) "
            "ON CONFLICT (session, name) DO UPDATE SET value = kept.value + $3 RETURNING value",
            self.number,
            counter,
            count,
        )
        return int(value) - count

    async def following(self, counter: str) -> int:
        """The number that a counter gives next."""
        value = await self.connection.fetchval(
            f"SELECT value FROM {self._layout.counters} WHERE session = $1 AND name = $2", self.number, counter
        )
        return int(value or 0)

    def of(self, number: int) -> PostgresTransaction:
        """The same transaction on the rows of another number."""
        return PostgresTransaction(self.connection, self._layout, number)

    async def replace(self, source: int) -> None:
        """Replace all rows by those of another number."""
        await self.connection.execute(self._layout.emptying([self.number]))
        await self.connection.execute(self._layout.copying(source, self.number))

    async def snapshot(self, label: str) -> int | None:
        """The number of a snapshot's rows, None if there is no such snapshot."""
        number: int | None = await self.connection.fetchval(
            f"SELECT number FROM {self._layout.snapshots} WHERE session = $1 AND label = $2",
            self.number,
            written(label),
        )
        return number

    async def copied(self) -> int:
        """Copy all rows to a new number."""
        number = int(await self.connection.fetchval(f"SELECT nextval('{self._layout.numbers}')"))
        await self.connection.execute(self._layout.copying(self.number, number))
        return number

    async def keep(self, label: str, number: int) -> None:
        """Make the rows of a number the snapshot of a label."""
        await self.forget(label)
        await self.connection.execute(
            f"INSERT INTO {self._layout.snapshots} (session, label, number) VALUES ($1, $2, $3)",
            self.number,
            written(label),
            number,
        )

    async def forget(self, label: str) -> bool:
        """Delete a snapshot."""
        number = await self.connection.fetchval(
            f"DELETE FROM {self._layout.snapshots} WHERE session = $1 AND label = $2 RETURNING number",
            self.number,
            written(label),
        )
        if number is None:
            return False
        await self.connection.execute(self._layout.emptying([number]))
        return True

    async def labels(self) -> list[str]:
        """The labels of all snapshots, sorted."""
        rows = await self.connection.fetch(
            f"SELECT label FROM {self._layout.snapshots} WHERE session = $1 ORDER BY label", self.number
        )
        return [read(row[0]) for row in rows]

    async def _select(
        self,
        what: str,
        table: Table,
        where: Where,
        order: str,
        limit: int | None,
        offset: int,
        after: int | None = None,
    ) -> list[Any]:
        condition, values = self._condition(table, where)
        text = f"SELECT {what} FROM {self._layout.name(table)}{condition}"
        if after is not None:
            values.append(after)
            text += f" AND seq > ${len(values)}"
        text += self._layout.order(table, order)
        if limit is not None:
            values.append(limit)
            text += f" LIMIT ${len(values)}"
        if offset:
            values.append(offset)
            text += f" OFFSET ${len(values)}"
        found: list[Any] = await self.connection.fetch(text, *values)
        return found

    def _condition(self, table: Table, where: Where) -> tuple[str, list[Any]]:
        values: list[Any] = [self.number]
        parts = [" WHERE session = $1"]
        for name, wanted in where.items():
            column = self._layout.column(table, name)
            if wanted is None:
                parts.append(f"{column} IS NULL")
                continue
            several = isinstance(wanted, list | tuple | set | frozenset)
            values.append([_sought(name, each) for each in wanted] if several else _sought(name, wanted))
            kind = "bigint" if name == "seq" else "bytea"
            parts.append(f"{column} = ANY(${len(values)}::{kind}[])" if several else f"{column} = ${len(values)}")
        return " AND ".join(parts), values


def _sought(name: str, value: Any) -> Any:
    if name == "seq":
        return value
    return text_key(str(value)) if name == "id" else key(value)
