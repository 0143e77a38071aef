"""What the tests of stores share: a seed of a few rows, the stores that are tested, and a loop to run them in."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, TypeVar

from understudy.mock_server.store import Row, SessionStore, Store, Table, Where

T = TypeVar("T")

THINGS = Table("api.thing", ("owner", "kind", "rank"))
#: Longer than the names of PostgreSQL may be, and equal to another one in all that it would keep.
LONG = Table("api." + "a_name_that_goes_on_and_on_" * 3 + "1", ("a_column_" * 9,))
LONGER = Table("api." + "a_name_that_goes_on_and_on_" * 3 + "2", ())
TABLES = (THINGS, LONG, LONGER)


def row(seq: int, id: str, *columns: Any, document: bytes = b"{}", body: bytes = b"[]", table: Table = THINGS) -> Row:
    """A row; columns that are not given have no value."""
    return Row(seq, id, document, body, (*columns, *[None] * (len(table.columns) - len(columns))))


class Seeds:
    """Five things of two owners."""

    def __init__(self, key: str = "five things") -> None:
        self.key = key
        kinds = ["a", "b", "a", None, "b"]
        self._rows = [row(n, f"id{n}", f"owner{n % 2}", kind, n * 1.5, body=b"%d" % n) for n, kind in enumerate(kinds)]

    def total(self, table: Table) -> int:
        return len(self._rows) if table == THINGS else 0

    def rows(self, table: Table) -> Iterable[Row]:
        return iter(self._rows if table == THINGS else ())

    def row(self, table: Table, number: int) -> Row:
        return self._rows[number]

    def number(self, table: Table, id: str) -> int | None:
        return next((kept.seq for kept in self._rows if kept.id == id), None) if table == THINGS else None

    def least(self, table: Table, column: str) -> tuple[bool, Any]:
        return False, None

    def select(self, table: Table, where: Where) -> None:
        return None


class Bench:
    """A store under test, driven from outside of any event loop."""

    def __init__(self, open: Callable[[Seeds], Store], runner: asyncio.Runner) -> None:
        self._open = open
        self._opened: list[Store] = []
        self.run = runner.run
        self.store = self.another()

    def another(self, seeds: Seeds | None = None) -> Store:
        """The same address opened once more, as another process does."""
        self._opened.append(self._open(seeds or Seeds()))
        return self._opened[-1]

    def close(self) -> None:
        """Close whatever was opened."""
        for store in self._opened:
            self.run(store.close())

    def session(self, name: str = "", store: Store | None = None) -> SessionStore:
        return self.run((store or self.store).session(name))

    def write(self, session: SessionStore, change: Callable[[Any], Awaitable[T]]) -> T:
        """What a change gives in a transaction of its own."""
        return self.run(_within(session, True, change))

    def read(self, session: SessionStore, question: Callable[[Any], Awaitable[T]]) -> T:
        """What a question gives in a reading transaction of its own."""
        return self.run(_within(session, False, question))

    def put(self, session: SessionStore, *rows: Row, table: Table = THINGS) -> None:
        self.write(session, lambda tx: tx.put(table, rows))

    def ids(self, session: SessionStore, where: Where | None = None, **options: Any) -> list[str]:
        """The ids of rows, as they come."""
        return [kept.id for kept in self.read(session, lambda tx: tx.rows(THINGS, where or {}, **options))]

    def empty(self, session: SessionStore, tables: Sequence[Table] = TABLES) -> SessionStore:
        """Take every row out of a session."""

        async def change(tx: Any) -> None:
            for table in tables:
                await tx.remove(table, [kept.id for kept in await tx.rows(table, {})])

        self.write(session, change)
        return session


async def _within(session: SessionStore, write: bool, work: Callable[[Any], Awaitable[T]]) -> T:
    async with session.transaction(write) as tx:
        return await work(tx)
