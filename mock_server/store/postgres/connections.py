"""The connections of one process, and what asyncpg says when something is wrong with them."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import asyncpg

from understudy.mock_server.store.interface import StoreError, StoreFullError

#: Connections of one process. A process is busy with one request at a time; the others wait for the database.
CONNECTIONS = 4

#: Seconds to wait for a connection, a lock or a statement before the client is told to come back.
PATIENCE = 10.0

#: Everything by which asyncpg says that the database did not do what it was asked.
FAILURES = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)

#: The connection is gone, whether asyncpg has read the server's farewell already, is reading it, or never gets one.
GONE = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    ConnectionError,
)


class Connections:
    """The connections of one process, opened when they are needed.

    Nothing that was set up in a transaction outlives it here, so a connection needs no cleaning between two uses,
    which would be a question to the database more for each request.
    """

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._idle: list[Any] = []
        self._room = asyncio.Semaphore(CONNECTIONS)

    async def take(self) -> Any:
        """A connection that nobody else uses, once there is one."""
        if self._room.locked():
            async with asyncio.timeout(PATIENCE):
                await self._room.acquire()
        else:
            await self._room.acquire()
        try:
            while self._idle:
                connection = self._idle.pop()
                if not connection.is_closed():
                    return connection
            return await self._open()
        except BaseException:
            self._room.release()
            raise

    def give_back(self, connection: Any) -> None:
        """Let others use a connection, unless it was left in the middle of something."""
        self._room.release()
        if connection.is_closed():
            return
        if connection.is_in_transaction():
            connection.terminate()
        else:
            self._idle.append(connection)

    def distrust(self) -> None:
        """Let go of all that lie idle: what broke one of them may have broken the others unnoticed."""
        idle, self._idle = self._idle, []
        for connection in idle:
            connection.terminate()

    async def close(self) -> None:
        """Close those that nobody uses."""
        idle, self._idle = self._idle, []
        self._room = asyncio.Semaphore(CONNECTIONS)
        for connection in idle:
            with contextlib.suppress(*FAILURES):
                await connection.close(timeout=PATIENCE)

    async def _open(self) -> Any:
        return await asyncpg.connect(
            self._dsn,
            timeout=PATIENCE,
            command_timeout=3 * PATIENCE,
            statement_cache_size=1024,
            max_cached_statement_lifetime=0,
            server_settings={
                "application_name": "understudy",
                "lock_timeout": f"{PATIENCE:.0f}s",
                # A host that vanishes in the middle of a transaction holds its locks no longer than this.
                "idle_in_transaction_session_timeout": f"{3 * PATIENCE:.0f}s",
            },
        )


def told(error: BaseException) -> StoreError:
    """A failure of the database in one line, with whether it has run out of room."""
    full = isinstance(error, asyncpg.DiskFullError)
    return StoreFullError(line(error)) if full else StoreError(line(error))


def line(error: BaseException) -> str:
    return str(error).partition("\n")[0] or type(error).__name__
