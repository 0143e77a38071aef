"""What the records of a session are compared with: the seed, or another session."""

from __future__ import annotations

from typing import Protocol

from understudy.mock_server.sessions.sessions import Session
from understudy.mock_server.store import Row, Table
from understudy.mock_server.store.interface import SeedData


class Base(Protocol):
    """What records are compared with."""

    async def total(self) -> int:
        """How many records there are."""

    async def rows(self, start: int, limit: int) -> list[Row]:
        """Some of them in the order of creation."""

    async def get(self, id: str) -> Row | None:
        """The one with an id."""

    def has_all(self, row: Row) -> bool:
        """Whether it is known to have everything that was created before a record, and that record."""


class SeedBase:
    """The records with which a session began."""

    def __init__(self, seed_data: SeedData, table: Table) -> None:
        self._seed_data = seed_data
        self._table = table

    async def total(self) -> int:
        """How many records there are."""
        return self._seed_data.total(self._table)

    async def rows(self, start: int, limit: int) -> list[Row]:
        """Some of them in the order of creation."""
        last = min(start + limit, self._seed_data.total(self._table))
        return [self._seed_data.row(self._table, number) for number in range(start, last)]

    async def get(self, id: str) -> Row | None:
        """The one with an id."""
        number = self._seed_data.number(self._table, id)
        return None if number is None else self._seed_data.row(self._table, number)

    def has_all(self, row: Row) -> bool:
        """Whether it is known to have everything that was created before a record, and that record."""
        return row.seq < self._seed_data.total(self._table)


class SessionBase:
    """The records of another session."""

    def __init__(self, session: Session, table: Table) -> None:
        self._session = session
        self._table = table

    async def total(self) -> int:
        """How many records there are."""
        async with self._session.state.transaction(write=False) as tx:
            return await tx.count(self._table, {})

    async def rows(self, start: int, limit: int) -> list[Row]:
        """Some of them in the order of creation."""
        async with self._session.state.transaction(write=False) as tx:
            return await tx.rows(self._table, {}, "created", limit, start)

    async def get(self, id: str) -> Row | None:
        """The one with an id."""
        async with self._session.state.transaction(write=False) as tx:
            return await tx.get(self._table, id)

    def has_all(self, row: Row) -> bool:
        """Whether it is known to have everything that was created before a record, and that record."""
        return False
