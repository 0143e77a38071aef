"""What the engine asks of a store. Sessions are isolated from each other; a transaction happens whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

#: Column -> the value it must have; a list means any of them, None means it has none.
Where = Mapping[str, Any]


class StoreError(Exception):
    """The store cannot be used; the message is one line for the person who started the server."""


class StoreFullError(StoreError):
    """The store has no room for what was to be written; it answers again once there is some."""


@dataclass(frozen=True, slots=True)
class Table:
    """The records of one resource. `columns` are the properties kept beside the document for look-ups."""

    name: str
    columns: tuple[str, ...]


class Row(NamedTuple):
    """A record as it is kept: its place in the order of making, its id, the document and its default view."""

    seq: int
    id: str
    document: bytes
    body: bytes
    columns: tuple[Any, ...]


class Transaction(Protocol):
    """One request's view of one session's state. Nothing but the store is awaited while it is open.

    Whatever keeps a store from doing what it is asked leaves the transaction as StoreError.
    """

    async def get(self, table: Table, id: str) -> Row | None:
        """The row with an id."""

    async def body(self, table: Table, id: str, where: Where) -> bytes | None:
        """The default view of the row with an id, if it fits a condition."""

    async def rows(
        self,
        table: Table,
        where: Where,
        order: str = "created",
        limit: int | None = None,
        offset: int = 0,
        after: int | None = None,
    ) -> list[Row]:
        """Rows by condition. `order` is `created` or a column, with `-` for descending; ties in the order of
        making. `after` starts behind a row's `seq` (only with the order `created`)."""

    async def bodies(
        self, table: Table, where: Where, order: str = "created", limit: int | None = None, offset: int = 0
    ) -> list[bytes]:
        """Only the default views of such rows."""

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
        """The default view of each such row, with its `seq`, `id` or values of columns as named."""

    async def count(self, table: Table, where: Where) -> int:
        """How many rows fit."""

    async def distinct(self, table: Table, column: str, where: Where) -> list[Any]:
        """The different values of a column among the rows that fit, without None."""

    async def tally(self, table: Table, columns: Sequence[str], where: Where) -> dict[tuple[Any, ...], int]:
        """How many of the rows that fit have each combination of values in some columns."""

    async def put(self, table: Table, rows: Sequence[Row]) -> None:
        """Insert rows, or replace those with the same id."""

    async def remove(self, table: Table, ids: Sequence[str]) -> int:
        """Delete rows by id; how many there were."""

    async def take(self, counter: str, count: int = 1) -> int:
        """Take numbers from a counter that never gives one twice; the first of them."""


class SessionStore(Protocol):
    """One isolated set of state."""

    name: str

    def transaction(self, write: bool) -> AbstractAsyncContextManager[Transaction]:
        """Open a transaction; leaving it with an exception undoes everything."""

    async def reset(self) -> None:
        """Back to the seed."""

    async def save_snapshot(self, label: str) -> None:
        """Keep the present state under a label, replacing an older one of that name."""

    async def restore_snapshot(self, label: str) -> bool:
        """Back to a snapshot; False when there is none of that label."""

    async def drop_snapshot(self, label: str) -> bool:
        """Forget a snapshot; False when there is none of that label."""

    async def snapshots(self) -> list[str]:
        """The labels of all snapshots, sorted."""


class Store(Protocol):
    """Holds all sessions."""

    async def session(self, name: str) -> SessionStore:
        """The session of a name, made from the seed at first use; the default one has the empty name."""

    async def sessions(self) -> list[str]:
        """The names of all sessions that exist, sorted."""

    async def drop(self, name: str) -> bool:
        """Delete a session with its state; False when there is none of that name."""

    async def close(self) -> None:
        """Let go of files and connections; a store that is used again opens them anew."""


class SeedData(Protocol):
    """Fills an empty session."""

    @property
    def key(self) -> str:
        """Tells which seed it is: two with the same key hold the same records."""

    def total(self, table: Table) -> int:
        """How many records there are for a table; they are numbered from 0, their number is their `seq`."""

    def rows(self, table: Table) -> Iterable[Row]:
        """All rows of a table, in order."""

    def row(self, table: Table, number: int) -> Row:
        """One row of a table, derived."""

    def number(self, table: Table, id: str) -> int | None:
        """The number of the record with an id, None when the seed has none."""

    def select(self, table: Table, where: Where) -> NumberSet | None:
        """The numbers of the records that fit a condition, None when only making them could tell."""


class NumberSet(Protocol):
    """Numbers in ascending order that nobody wrote down."""

    def __len__(self) -> int: ...

    def __contains__(self, number: int) -> bool: ...

    def at(self, position: int) -> int:
        """The number at a position."""

    def rank(self, number: int) -> int:
        """How many of them are less than a number."""
