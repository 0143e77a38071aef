"""The records of one session in one database."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from itertools import count
from typing import Any, TypeVar

from understudy.mock_server.clock import ticks
from understudy.mock_server.store.sqlite import errors, images
from understudy.mock_server.store.sqlite.errors import AGAIN, as_store_errors, is_busy, store_error
from understudy.mock_server.store.sqlite.files import OpenFile, connect
from understudy.mock_server.store.sqlite.images import Images, attach
from understudy.mock_server.store.sqlite.statements import SqliteTransaction
from understudy.mock_server.store.unhurried import unhurried

T = TypeVar("T")

NUMBERS = count(1)

#: Opens the file of a session.
Open = Callable[[], Awaitable[OpenFile]]


class SqliteSessionStore:
    """The records of one session in one database."""

    def __init__(self, name: str, images: Images, open: Open, file: OpenFile | None = None) -> None:
        self.name = name
        self.file = file
        #: One of the requests that wait for another process tries, the others queue here.
        self.waiting = asyncio.Lock()
        self._images = images
        self._open = open
        self._opening = asyncio.Lock()
        #: Another one after each opening of a file, and after each transaction that writes on its connection.
        self.number = next(NUMBERS)

    @property
    def version(self) -> object:
        """What no other state of the records has; None where they cannot be read at once.

        SQLite counts what others commit, in this process or another one.
        """
        file = self.file
        if file is None or not file.is_current():
            return None
        try:
            return self.number, file.connection.execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.Error:
            return None

    async def opened(self) -> OpenFile:
        """The file that lies at the session's path now, opened if that has not been done yet."""
        if self.file is not None and self.file.is_current():
            return self.file
        async with self._opening:
            if self.file is None or not self.file.is_current():
                last, self.file = self.file, None
                if last is not None:
                    await asyncio.to_thread(last.close)
                self.file = await self._open()
                self.number = next(NUMBERS)
            return self.file

    def transaction(self, write: bool) -> _Scope:
        """A transaction."""
        return _Scope(self, write)

    async def reset(self) -> None:
        """Return to the seed, in one transaction."""
        await self._put(self._images.seed)

    async def save_snapshot(self, label: str) -> None:
        """Save the current state under a label."""
        await self._keep(label, await self.apart(self._images.of))

    async def restore_snapshot(self, label: str) -> bool:
        """Return to a snapshot, in one transaction."""
        image = await self._image(label)
        if image is not None:
            await self._put(image)
        return image is not None

    async def drop_snapshot(self, label: str) -> bool:
        """Delete a snapshot."""

        def work(connection: sqlite3.Connection) -> bool:
            return connection.execute("DELETE FROM _snapshots WHERE label = ?", (label,)).rowcount > 0

        return await self.apart(work, write=True)

    async def snapshots(self) -> list[str]:
        """The labels of all snapshots, sorted."""

        def work(connection: sqlite3.Connection) -> list[str]:
            return [row[0] for row in connection.execute("SELECT label FROM _snapshots ORDER BY label")]

        return await self.apart(work)

    @asynccontextmanager
    async def snapshot(self, label: str) -> AsyncIterator[SqliteTransaction | None]:
        """Read a snapshot where it lies."""
        image = await self._image(label)
        if image is None:
            yield None
            return
        with as_store_errors(), contextlib.closing(images.opened(image)) as copy:
            yield unhurried(SqliteTransaction(copy))

    @asynccontextmanager
    async def draft(self, label: str) -> AsyncIterator[SqliteTransaction]:
        """Change a copy of the current state and save it under a label."""
        image = await self.apart(self._images.of)
        with as_store_errors(), contextlib.closing(images.opened(image)) as copy:
            yield unhurried(SqliteTransaction(copy))
            image = await asyncio.to_thread(copy.serialize)
        await self._keep(label, image)

    async def apart(
        self,
        work: Callable[[sqlite3.Connection], T],
        write: bool = False,
        prepare: Callable[[sqlite3.Connection], Any] | None = None,
    ) -> T:
        """Do work in a thread and on a connection of its own; other requests are served meanwhile.

        With `write` the work is one transaction, before which `prepare` is called. It is finished even if the request
        that asked for it is not.
        """
        return await asyncio.shield(asyncio.ensure_future(self._apart(work, write, prepare)))

    async def _apart(
        self,
        work: Callable[[sqlite3.Connection], T],
        write: bool,
        prepare: Callable[[sqlite3.Connection], Any] | None,
    ) -> T:
        give_up = ticks() + errors.PATIENCE
        while True:
            file = await self.opened()
            connection = await asyncio.to_thread(_ready, file, prepare)
            try:
                if write:
                    await self._begin(file, connection, give_up)
                if file.is_current():
                    return await asyncio.to_thread(_finish, connection, work)
            except sqlite3.Error as error:
                raise store_error(error) from error
            finally:
                connection.close()

    async def _begin(self, file: OpenFile, connection: sqlite3.Connection, give_up: float) -> None:
        """Lock the database on a connection, unless its file is not the session's any longer."""
        async with self.waiting:
            while file.is_current():
                try:
                    connection.execute("BEGIN IMMEDIATE")
                except sqlite3.Error as error:
                    if not is_busy(error) or ticks() > give_up:
                        raise
                    await asyncio.sleep(AGAIN)
                else:
                    return

    async def _put(self, image: bytes) -> None:
        await self.apart(self._images.put, write=True, prepare=partial(attach, image=image))

    async def _image(self, label: str) -> bytes | None:
        def work(connection: sqlite3.Connection) -> bytes | None:
            found = connection.execute("SELECT image FROM _snapshots WHERE label = ?", (label,)).fetchone()
            return None if found is None else found[0]

        return await self.apart(work)

    async def _keep(self, label: str, image: bytes) -> None:
        def work(connection: sqlite3.Connection) -> None:
            connection.execute("INSERT OR REPLACE INTO _snapshots (label, image) VALUES (?, ?)", (label, image))

        await self.apart(work, write=True)

    def close(self) -> None:
        """Close the connection."""
        if self.file is not None:
            self.file.close()
            self.file = None


class _Scope:
    """`async with` around a transaction; a class, because a generator would cost more than a statement."""

    __slots__ = ("_file", "_session", "_write")

    def __init__(self, session: SqliteSessionStore, write: bool) -> None:
        self._session = session
        self._write = write

    async def __aenter__(self) -> SqliteTransaction:
        file = self._session.file
        if file is None or not file.is_current():
            file = await self._session.opened()
        self._file = file
        begin = "BEGIN IMMEDIATE" if self._write else "BEGIN"
        try:
            file.connection.execute(begin)
        except sqlite3.Error as error:
            if not is_busy(error):
                raise store_error(error) from error
            await self._wait(begin)
        return self._file.statements

    async def _wait(self, begin: str) -> None:
        """Begin once the process that writes has finished; other requests are served meanwhile."""
        session = self._session
        give_up = ticks() + errors.PATIENCE
        async with session.waiting:
            while True:
                await asyncio.sleep(AGAIN)
                self._file = await session.opened()
                try:
                    self._file.connection.execute(begin)
                except sqlite3.Error as error:
                    if not is_busy(error) or ticks() > give_up:
                        raise store_error(error) from error
                else:
                    return

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        connection = self._file.connection
        if self._write:
            self._session.number = next(NUMBERS)
        try:
            if kind is None and connection.in_transaction:
                connection.execute("COMMIT")
        except sqlite3.Error as failure:
            error = failure
        if error is not None:
            # A full disk may have caused a rollback already; a failure here matters less than the first one.
            with contextlib.suppress(sqlite3.Error):
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise store_error(error) from error


def _ready(file: OpenFile, prepare: Callable[[sqlite3.Connection], Any] | None) -> sqlite3.Connection:
    """A connection of its own to the file of a session, which does not wait for locks once it is prepared."""
    with as_store_errors():
        connection = connect(file.path)
        try:
            if prepare is not None:
                prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection


def _finish(connection: sqlite3.Connection, work: Callable[[sqlite3.Connection], T]) -> T:
    """Do the work, and commit if it is done in a transaction; closing the connection rolls it back otherwise."""
    connection.execute(f"PRAGMA busy_timeout = {errors.PATIENCE * 1000:.0f}")
    done = work(connection)
    if connection.in_transaction:
        connection.execute("COMMIT")
    return done
