"""The records of one session: the rows whose keys begin with its number."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Protocol

from understudy.mock_server.store.interface import OutcomeUnknownError, StoreError
from understudy.mock_server.store.postgres.connections import FAILURES, GONE, Connections, line, store_error
from understudy.mock_server.store.postgres.layout import PRISTINE, Layout
from understudy.mock_server.store.postgres.transaction import PostgresTransaction


class ParentStore(Protocol):
    """The store that a session belongs to."""

    layout: Layout
    connections: Connections

    async def number(self, name: str, limit: int | None) -> int:
        """The number of the session with a name, created from the seed at first use. Raises TooManySessionsError."""


class PostgresSessionStore:
    """The records of one session: the rows whose keys begin with its number."""

    #: To ask the database for it would take as long as to read.
    version = None

    def __init__(self, name: str, store: ParentStore, limit: int | None) -> None:
        self.name = name
        self._limit = limit
        self._store = store
        self._number: int | None = None
        # Writers of this process queue here, so that no connection is used for waiting.
        self._writing = asyncio.Lock()

    def transaction(self, write: bool) -> _Scope:
        """A transaction. One that writes locks the session, one that reads sees a consistent snapshot."""
        return _Scope(self, write)

    async def reset(self) -> None:
        """Return to the seed."""
        async with self.transaction(write=True) as tx:
            await tx.replace(PRISTINE)

    async def save_snapshot(self, label: str) -> None:
        """Save the current state under a label."""
        async with self.transaction(write=True) as tx:
            await tx.keep(label, await tx.copied())

    async def restore_snapshot(self, label: str) -> bool:
        """Return to a snapshot."""
        async with self.transaction(write=True) as tx:
            number = await tx.snapshot(label)
            if number is None:
                return False
            await tx.replace(number)
            return True

    async def drop_snapshot(self, label: str) -> bool:
        """Delete a snapshot."""
        async with self.transaction(write=True) as tx:
            return await tx.forget(label)

    async def snapshots(self) -> list[str]:
        """The labels of all snapshots, sorted."""
        async with self.transaction(write=False) as tx:
            return await tx.labels()

    @asynccontextmanager
    async def snapshot(self, label: str) -> AsyncIterator[PostgresTransaction | None]:
        """Read a snapshot where it lies."""
        async with self.transaction(write=False) as tx:
            number = await tx.snapshot(label)
            yield None if number is None else tx.of(number)

    @asynccontextmanager
    async def draft(self, label: str) -> AsyncIterator[PostgresTransaction]:
        """Change a copy of the current state and save it under a label.

        The transaction of the copy is open all the time, but locks the session only at its beginning and at its end.
        """
        tx, drafted = await self._copied()
        try:
            yield tx.of(drafted)
            async with self._writing:
                if await tx.connection.execute(self._store.layout.relocking(tx.number)) != "SELECT 1":
                    raise StoreError("the session was deleted meanwhile")
                await tx.keep(label, drafted)
        except BaseException as error:
            await self._finish(tx, error)
            raise
        await self._finish(tx, None)

    async def find(self) -> int:
        """The number of the session, which is created if necessary."""
        if self._number is None:
            self._number = await self._store.number(self.name, self._limit)
        return self._number

    async def begin(self, write: bool) -> PostgresTransaction:
        """Begin on a connection of the pool, in one round trip; a session that was deleted is created again."""
        layout = self._store.layout
        if not write:
            return await self._begun(layout.reading)
        await self._writing.acquire()
        try:
            return await self._begun(layout.writing)
        except BaseException:
            self._writing.release()
            raise

    async def end(self, tx: PostgresTransaction, write: bool, error: BaseException | None) -> None:
        """Commit, or roll back after an error. Raises StoreError if that fails or if the error came from the database."""
        try:
            await self._finish(tx, error)
        finally:
            if write:
                self._writing.release()

    async def _copied(self) -> tuple[PostgresTransaction, int]:
        """A transaction that has copied the rows of the session, and the number of the copy."""
        layout = self._store.layout
        async with self._writing:
            tx = await self._begun(layout.drafting)
            try:
                drafted = await tx.copied()
                await tx.connection.execute(layout.released(tx.number))
            except BaseException as error:
                tx.connection.terminate()  # a rollback alone would not release the lock
                await self._finish(tx, error)
                raise
            return tx, drafted

    async def _begun(self, script: Callable[[int], str]) -> PostgresTransaction:
        try:
            while True:
                number = await self.find()
                connection, there = await self._opened(script(number))
                if there:
                    return PostgresTransaction(connection, self._store.layout, number)
                connection.terminate()
                self._store.connections.give_back(connection)
                if self._number == number:
                    self._number = None
        except FAILURES as error:
            raise store_error(error) from error

    async def _opened(self, script: str) -> tuple[Any, bool]:
        """A connection in a transaction, and whether the session exists in it.

        A connection that broke while it was idle is noticed here, before anything was done, so a new one is tried.
        """
        for last in (False, True):
            connection = await self._store.connections.take()
            try:
                return connection, await connection.execute(script) == "SELECT 1"
            except BaseException as error:
                connection.terminate()
                self._store.connections.give_back(connection)
                self._store.connections.distrust()
                if last or not isinstance(error, GONE):
                    raise
        raise AssertionError("unreached")

    async def _finish(self, tx: PostgresTransaction, error: BaseException | None) -> None:
        connection = tx.connection
        try:
            done = await connection.execute("COMMIT" if error is None else "ROLLBACK")
            if error is None and done != "COMMIT":
                raise StoreError("a statement failed and its error was ignored, so the transaction was rolled back")
        except BaseException as failure:
            connection.terminate()
            if error is None and isinstance(failure, (*GONE, OSError)):
                raise OutcomeUnknownError(line(failure)) from failure
            if error is None and isinstance(failure, FAILURES):
                raise store_error(failure) from failure
            if error is None or not isinstance(failure, FAILURES):
                raise
        finally:
            self._store.connections.give_back(connection)
        if isinstance(error, FAILURES):
            raise store_error(error) from error


class _Scope:
    """`async with` around a transaction."""

    __slots__ = ("_session", "_tx", "_write")

    def __init__(self, session: PostgresSessionStore, write: bool) -> None:
        self._session = session
        self._write = write

    async def __aenter__(self) -> PostgresTransaction:
        self._tx = await self._session.begin(self._write)
        return self._tx

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        await self._session.end(self._tx, self._write, error)
