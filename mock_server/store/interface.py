"""The interface of a store. Sessions are isolated from each other; a transaction is applied completely or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

#: Column -> the value that it must have; a list means any of its values, None means that there is no value.
Where = Mapping[str, Any]


class StoreError(Exception):
    """The store cannot be used; the message is one line for the person who started the server."""


class StoreFullError(StoreError):
    """The store has no space left for the data; it works again once there is some."""


class TooManySessionsError(StoreError):
    """A session cannot be created, as there are as many as allowed."""


class OutcomeUnknownError(StoreError):
    """The connection to the store was lost during a commit, so nobody knows whether the change was made."""


@dataclass(frozen=True, slots=True)
class Table:
    """The records of one resource. `columns` are the properties that are also stored in columns for look-ups."""

    name: str
    columns: tuple[str, ...]


class Row(NamedTuple):
    """A stored record: its number in the order of creation, its id, the document, its default view, and its columns."""

    seq: int
    id: str
    document: bytes
    body: bytes
    columns: tuple[Any, ...]


class JoinedViews(NamedTuple):
    """Default views of several rows as JSON, joined by commas, and how many they are."""

    length: int
    text: bytes


class Transaction(Protocol):
    """The access of one request to the records of one session. While it is open, only the store may be awaited.

    Every failure of the store is raised as StoreError.
    """

    async def get(self, table: Table, id: str) -> Row | None:
        """The row with an id."""

    async def body(self, table: Table, id: str, where: Where) -> bytes | None:
        """The default view of the row with an id, None unless the row also matches a condition (which may name `id`)."""

    async def rows(
        self,
        table: Table,
        where: Where,
        order: str = "created",
        limit: int | None = None,
        offset: int = 0,
        after: int | None = None,
    ) -> list[Row]:
        """The rows that match a condition.

        `order` is `created` or a column, with `-` for descending; ties are in the order of creation. `after` skips the
        rows up to a `seq` (only with the order `created`).
        """

    async def bodies(
        self, table: Table, where: Where, order: str = "created", limit: int | None = None, offset: int = 0
    ) -> list[bytes]:
        """Only the default views of the rows."""

    async def joined(
        self, table: Table, where: Where, order: str = "created", limit: int | None = None, offset: int = 0
    ) -> JoinedViews:
        """Those views in one text, as a list shows them."""

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
        """The default view of each row with the values of some columns, `seq` and `id` among them."""

    async def count(self, table: Table, where: Where) -> int:
        """How many rows match a condition."""

    async def distinct(self, table: Table, column: str, where: Where) -> list[Any]:
        """The distinct values of a column among the rows that match a condition, without None."""

    async def least(self, table: Table, column: str) -> Any:
        """The least value of a column, None if no row has one."""

    async def tally(self, table: Table, columns: Sequence[str], where: Where) -> dict[tuple[Any, ...], int]:
        """How many of the rows that match a condition have each combination of values in some columns."""

    async def put(self, table: Table, rows: Sequence[Row]) -> None:
        """Insert rows, or replace those with the same number (`seq`) by them, one after the other.

        An id that a row of another number has is a StoreError, which leaves the whole transaction undone.
        """

    async def remove(self, table: Table, ids: Sequence[str]) -> int:
        """Delete rows by id; returns how many there were."""

    async def take(self, counter: str, count: int = 1) -> int:
        """Take `count` numbers from a counter, which gives each number once; returns the first of them."""

    async def following(self, counter: str) -> int:
        """The number that a counter gives next, without taking it."""


class SessionStore(Protocol):
    """The records of one session, isolated from those of all others."""

    name: str

    @property
    def version(self) -> object:
        """What no other state of the records of any session has; None where that is not known without waiting."""

    def transaction(self, write: bool) -> AbstractAsyncContextManager[Transaction]:
        """Open a transaction; leaving it with an exception rolls it back."""

    async def reset(self) -> None:
        """Return to the seed."""

    async def save_snapshot(self, label: str) -> None:
        """Save the current state under a label, replacing an older snapshot of that name."""

    async def restore_snapshot(self, label: str) -> bool:
        """Return to a snapshot; False if there is none with that label."""

    async def drop_snapshot(self, label: str) -> bool:
        """Delete a snapshot; False if there is none with that label."""

    async def snapshots(self) -> list[str]:
        """The labels of all snapshots, sorted."""

    def snapshot(self, label: str) -> AbstractAsyncContextManager[Transaction | None]:
        """Read a snapshot where it lies; None if there is none with that label. The current state is not touched."""

    def draft(self, label: str) -> AbstractAsyncContextManager[Transaction]:
        """Change a copy of the current state, which is saved under a label when the block ends without an exception.

        Nobody else sees the copy before, and the current state is not touched.
        """


class Store(Protocol):
    """Holds the records of all sessions, which begin with those of `seed_data`."""

    seed_data: SeedData
    #: Whether it can be awaited in a task alone, as drivers can that ask for the current one.
    needs_task: bool

    async def session(self, name: str, limit: int | None = None) -> SessionStore:
        """The session with a name, created from the seed at first use; the default session has the empty name.

        Raises TooManySessionsError for one that would be created while there are `limit` besides the default one,
        whichever process created them.
        """

    async def sessions(self) -> list[str]:
        """The names of all sessions that exist, sorted."""

    async def drop(self, name: str) -> bool:
        """Delete a session with its records; False if there is none with that name."""

    async def close(self) -> None:
        """Close files and connections; if the store is used again, it opens new ones."""


class SeedData(Protocol):
    """The records with which every session begins."""

    @property
    def key(self) -> str:
        """Identifies the seed: two seeds with the same key have the same records."""

    def total(self, table: Table) -> int:
        """The number of records of a table; they are numbered from 0, and the number of each is its `seq`."""

    def rows(self, table: Table) -> Iterable[Row]:
        """All rows of a table, in order."""

    def row(self, table: Table, number: int) -> Row:
        """One row of a table."""

    def number(self, table: Table, id: str) -> int | None:
        """The number of the record with an id, None if the seed has none."""

    def least(self, table: Table, column: str) -> tuple[bool, Any]:
        """Whether the least value of a column is known without generating the records, and that value."""

    def select(self, table: Table, where: Where) -> NumberSet | None:
        """The numbers of the records that match a condition, None if that is known only after generating them."""


class NumberSet(Protocol):
    """Numbers in ascending order, which need not be stored one by one."""

    def __len__(self) -> int: ...

    def __contains__(self, number: int) -> bool: ...

    def between(self, position: int, behind: int) -> Iterable[int]:
        """The numbers from a position to the one before another."""

    def rank(self, number: int) -> int:
        """How many of the numbers are less than a given one."""
