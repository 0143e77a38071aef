"""The store in PostgreSQL: finds, creates and deletes sessions, and creates the schema if necessary."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import threading
from collections.abc import AsyncIterator, Coroutine, Sequence
from typing import Any, TypeVar

import asyncpg

from understudy.mock_server.store.columns import key
from understudy.mock_server.store.interface import SeedData, StoreError, Table, TooManySessionsError
from understudy.mock_server.store.postgres.address import Address
from understudy.mock_server.store.postgres.connections import FAILURES, PATIENCE, Connections, line, store_error
from understudy.mock_server.store.postgres.layout import PRISTINE, Layout
from understudy.mock_server.store.postgres.names import MATERIAL, material, read, written
from understudy.mock_server.store.postgres.session import PostgresSessionStore

log = logging.getLogger("understudy")

T = TypeVar("T")

#: Changes with the layout of the tables; a schema of another layout is refused.
LAYOUT = 1

#: Seconds that a start waits for a database that does not accept connections yet.
START = 15.0


class PostgresStore:
    """The records of all sessions, shared by all processes that open the same address with the same seed.

    Raises StoreError if the database cannot be reached or has another layout or seed.
    """

    needs_task = True

    def __init__(self, address: str, tables: Sequence[Table], seed_data: SeedData) -> None:
        self.seed_data = seed_data
        parts = Address.parse(address)
        self._dsn, self._shown = parts.dsn, parts.shown
        self.layout = Layout(parts.schema, tables)
        self._sessions: dict[str, PostgresSessionStore] = {}
        self.connections = Connections(self._dsn)
        _alone(self._prepare(seed_data))

    async def session(self, name: str, limit: int | None = None) -> PostgresSessionStore:
        """The session with a name, created from the seed at first use. Raises TooManySessionsError."""
        found = self._sessions.get(name)
        if found is None:
            found = self._sessions[name] = PostgresSessionStore(name, self, limit)
            try:
                await found.find()
            except TooManySessionsError:
                del self._sessions[name]
                raise
            except StoreError:
                pass  # its transactions report that, unless they can create it by then
        return found

    async def sessions(self) -> list[str]:
        """The names of all sessions that exist, sorted, the default one first."""
        async with self.connection() as connection:
            rows = await connection.fetch(f"SELECT name FROM {self.layout.sessions} ORDER BY name")
        return [read(row[0]) for row in rows]

    async def drop(self, name: str) -> bool:
        """Delete a session with its records and snapshots; the default session cannot be deleted."""
        if not name:
            return False
        self._sessions.pop(name, None)
        layout = self.layout
        async with self.connection() as connection, connection.transaction():
            number = await connection.fetchval(
                f"DELETE FROM {layout.sessions} WHERE name = $1 RETURNING number", written(name)
            )
            if number is None:
                return False
            # A writer that began earlier finishes first.
            await connection.execute(layout.locking(number))
            kept = await connection.fetch(f"DELETE FROM {layout.snapshots} WHERE session = $1 RETURNING number", number)
            await connection.execute(layout.emptying([number, *(row[0] for row in kept)]))
        return True

    async def close(self) -> None:
        """Close all connections; the store opens new ones when it is used again."""
        self._sessions.clear()
        await self.connections.close()

    async def number(self, name: str, limit: int | None) -> int:
        """The number of a session, which is created from the pristine copy if necessary. Raises TooManySessionsError."""
        layout = self.layout
        finding = f"SELECT number FROM {layout.sessions} WHERE name = $1"
        async with self.connection() as connection:
            number = await connection.fetchval(finding, written(name))
            if number is not None:
                return int(number)
            async with connection.transaction():
                # Of several that make sessions at once, one after the other counts, inserts and copies.
                await connection.execute(f"LOCK TABLE {layout.sessions} IN SHARE ROW EXCLUSIVE MODE")
                number = await connection.fetchval(finding, written(name))
                if number is not None:
                    return int(number)
                # The default session is counted, too.
                if limit is not None and await connection.fetchval(f"SELECT count(*) FROM {layout.sessions}") > limit:
                    raise TooManySessionsError(f"there are {limit} sessions")
                number = await connection.fetchval(
                    f"INSERT INTO {layout.sessions} (name, number) VALUES ($1, nextval('{layout.numbers}')) "
                    "RETURNING number",
                    written(name),
                )
                await connection.execute(layout.copying(PRISTINE, number))
                return int(number)

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        """A connection for work outside of the transactions of requests. Raises StoreError."""
        try:
            connection = await self.connections.take()
            try:
                yield connection
            finally:
                self.connections.give_back(connection)
        except FAILURES as error:
            raise store_error(error) from error

    async def _prepare(self, seed_data: SeedData) -> None:
        """Create the schema with the pristine copy, or check that an existing one has the same layout and seed."""
        wanted = f"{LAYOUT}/{seed_data.key}"
        layout = self.layout
        try:
            connection = await self._reach()
            try:
                # Of several processes that start at the same time one creates everything, the others wait here.
                await connection.execute(f"SELECT pg_advisory_lock({layout.lock}, {PRISTINE})")
                if await connection.fetchval("SELECT to_regclass($1)", layout.meta) is None:
                    async with connection.transaction():
                        await self._make(connection, seed_data, wanted)
                    await connection.execute(layout.analyzing())
                found = await connection.fetchval(f"SELECT value FROM {layout.meta} WHERE name = 'key'")
            finally:
                await connection.close()
        except (ValueError, OverflowError, IndexError):
            # The driver's message may repeat any part of the address.
            raise StoreError(
                f"{self._shown} has a host, a port or a parameter that cannot be used; a port is at most 65535, and the "
                "parameters are those of libpq"
            ) from None
        except FAILURES as error:
            raise StoreError(f"{self._shown} cannot be used as a store: {line(error)}") from error
        if found != wanted:
            raise StoreError(
                f"schema {layout.schema} of {self._shown} was made by another version, seed, size, locale or set of "
                f"APIs ({found}, here {wanted}); start with the same options, name another schema with "
                f"?schema=NAME, or drop it"
            )

    async def _reach(self) -> Any:
        """The first connection; waits for a database that is just starting."""
        give_up = asyncio.get_running_loop().time() + START
        for attempt in itertools.count():
            try:
                return await asyncpg.connect(self._dsn, timeout=PATIENCE)
            except (ConnectionError, asyncpg.CannotConnectNowError) as error:
                if asyncio.get_running_loop().time() > give_up:
                    raise
                if not attempt:
                    log.warning("waiting up to %.0f s for %s: %s", START, self._shown, line(error))
                await asyncio.sleep(0.5)
        raise AssertionError("unreached")

    async def _make(self, connection: Any, seed_data: SeedData, wanted: str) -> None:
        layout = self.layout
        if await connection.fetchval("SELECT to_regnamespace($1)", layout.namespace) is None:
            # A user with an existing schema may not have the right to create one.
            await connection.execute(f"CREATE SCHEMA {layout.namespace}")
        await connection.execute(layout.creating())
        for table in layout.tables:
            await connection.copy_records_to_table(
                layout.bare(table),
                schema_name=layout.schema,
                columns=["session", *MATERIAL, *layout.bare_columns(table)],
                records=((PRISTINE, *material(row), *map(key, row.columns)) for row in seed_data.rows(table)),
            )
            await connection.execute(
                f"INSERT INTO {layout.counters} VALUES ($1, $2, $3)", PRISTINE, table.name, seed_data.total(table)
            )
        number = await connection.fetchval(
            f"INSERT INTO {layout.sessions} (name, number) VALUES ('', nextval('{layout.numbers}')) RETURNING number"
        )
        await connection.execute(layout.copying(PRISTINE, number))
        await connection.execute(f"INSERT INTO {layout.meta} VALUES ('key', $1)", wanted)


def _alone(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine from synchronous code, even inside of a running event loop."""
    done: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            done.append(asyncio.run(work))
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return done[0]
