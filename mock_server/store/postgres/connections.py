"""The connections of one process, and the errors of asyncpg."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import asyncpg

from understudy.mock_server.store.interface import StoreError, StoreFullError

#: Connections of one process. A process is busy with one request at a time; the others wait for the database.
CONNECTIONS = 4

#: Seconds to wait for a connection, a lock or a statement before the client gets an error.
PATIENCE = 10.0

#: All errors of asyncpg that mean that the database failed.
FAILURES = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)

#: Errors that mean that the connection is lost, whether or not the server closed it properly.
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

    Nothing that a transaction sets up outlives it here, so a connection needs no reset between two uses, which would
    cost each request another round trip.
    """

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._idle: list[Any] = []
        self._room = asyncio.Semaphore(CONNECTIONS)

    async def take(self) -> Any:
        """An unused connection, as soon as there is one."""
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
        """Return a connection to the pool, unless it is still in a transaction."""
        self._room.release()
        if connection.is_closed():
            return
        if connection.is_in_transaction():
            connection.terminate()
        else:
            self._idle.append(connection)

    def distrust(self) -> None:
        """Close all idle connections: the failure of one of them may have broken the others unnoticed."""
        idle, self._idle = self._idle, []
        for connection in idle:
            connection.terminate()

    async def close(self) -> None:
        """Close all idle connections."""
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


def store_error(error: BaseException) -> StoreError:
    """An error of the database as StoreError in one line, or as StoreFullError if the disk is full."""
    full = isinstance(error, asyncpg.DiskFullError)
    return StoreFullError(line(error)) if full else StoreError(line(error))


def line(error: BaseException) -> str:
    return str(error).partition("\n")[0] or type(error).__name__
