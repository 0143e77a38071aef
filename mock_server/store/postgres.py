"""PostgreSQL through asyncpg: all sessions of all processes and hosts in one database.

Every resource has a table in which the number of the session leads each key. Number 0 is the seed as it was made, the
pristine copy; a session, a reset and a snapshot are copies of rows from one number to another, inside the database.
A statement that begins a transaction also finds out whether its session still exists, so that a session dropped by
another process is never read as an empty one.

Writers of one session wait for each other on an advisory lock and see everything that was committed before them; what
they read, no one else changes meanwhile. Readers wait for nobody and see one moment.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import threading
from collections.abc import AsyncIterator, Coroutine, Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg
import orjson

from mock_server.store.columns import key, plain, text_key
from mock_server.store.interface import Row, Seeding, StoreError, StoreFull, Table, Where

log = logging.getLogger("understudy")

T = TypeVar("T")

#: Changes with the layout of the tables; a schema of another layout is refused.
LAYOUT = 1

#: Where the tables are, unless the address names another schema (`?schema=NAME`).
SCHEMA = "understudy"

#: Connections of one process. A process is busy with one request at a time; the others wait for the database.
CONNECTIONS = 4

#: Seconds to wait for a connection, a lock or a statement before the client is told to come back.
PATIENCE = 10.0

#: Seconds that a start waits for a database that does not accept connections yet.
START = 15.0

#: The number of the pristine copy.
PRISTINE = 0

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

_MATERIAL = ("seq", "id", "document", "body", "columns")


class PostgresStore:
    """All sessions, shared by every process that opens the same address with the same seed.

    Raises StoreError when the database cannot be reached or holds another layout or seed.
    """

    def __init__(self, address: str, tables: Sequence[Table], seeding: Seeding) -> None:
        self._dsn, schema, self._shown = _parts(address)
        self.layout = Layout(schema, tables)
        self._sessions: dict[str, PostgresSession] = {}
        self.connections = Connections(self._dsn)
        _alone(self._prepare(seeding))

    async def session(self, name: str) -> PostgresSession:
        """The session of a name, made from the seed at first use."""
        found = self._sessions.get(name)
        if found is None:
            found = self._sessions[name] = PostgresSession(name, self)
            # What keeps it from being made now is told by its transactions, if it still does then.
            with contextlib.suppress(StoreError):
                await found.find()
        return found

    async def sessions(self) -> list[str]:
        """The names of all sessions that exist, sorted, the default one first."""
        async with self.connection() as connection:
            rows = await connection.fetch(f"SELECT name FROM {self.layout.sessions} ORDER BY name")
        return [_read(row[0]) for row in rows]

    async def drop(self, name: str) -> bool:
        """Delete a session with its state and snapshots; the default one cannot be deleted."""
        if not name:
            return False
        self._sessions.pop(name, None)
        layout = self.layout
        async with self.connection() as connection, connection.transaction():
            number = await connection.fetchval(
                f"DELETE FROM {layout.sessions} WHERE name = $1 RETURNING number", _written(name)
            )
            if number is None:
                return False
            # A writer that began before has its say first, then everything goes.
            await connection.execute(layout.locking(number))
            kept = await connection.fetch(f"DELETE FROM {layout.snapshots} WHERE session = $1 RETURNING number", number)
            await connection.execute(layout.emptying([number, *(row[0] for row in kept)]))
        return True

    async def close(self) -> None:
        """Close all connections; the store opens new ones when it is used again."""
        self._sessions.clear()
        await self.connections.close()

    async def number(self, name: str) -> int:
        """The number of a session, which is made from the pristine copy when there is none."""
        layout = self.layout
        async with self.connection() as connection:
            while True:
                number = await connection.fetchval(
                    f"SELECT number FROM {layout.sessions} WHERE name = $1", _written(name)
                )
                if number is not None:
                    return int(number)
                async with connection.transaction():
                    # Of several that make it at once one copies; the others wait here and then find it.
                    number = await connection.fetchval(
                        f"INSERT INTO {layout.sessions} (name, number) VALUES ($1, nextval('{layout.numbers}')) "
                        "ON CONFLICT (name) DO NOTHING RETURNING number",
                        _written(name),
                    )
                    if number is not None:
                        await connection.execute(layout.copying(PRISTINE, number))

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        """A connection for operations that are no request's own transaction. Raises StoreError."""
        try:
            connection = await self.connections.take()
            try:
                yield connection
            finally:
                self.connections.give_back(connection)
        except FAILURES as error:
            raise told(error) from error

    async def _prepare(self, seeding: Seeding) -> None:
        """Make the schema with the pristine copy, or check that what is there fits."""
        wanted = f"{LAYOUT}/{seeding.key}"
        layout = self.layout
        try:
            connection = await self._reach()
            try:
                # Of several processes that start at once one makes everything, the others wait here.
                await connection.execute(f"SELECT pg_advisory_lock({layout.lock}, {PRISTINE})")
                if await connection.fetchval("SELECT to_regclass($1)", layout.meta) is None:
                    async with connection.transaction():
                        await self._make(connection, seeding, wanted)
                    await connection.execute(layout.analyzing())
                found = await connection.fetchval(f"SELECT value FROM {layout.meta} WHERE name = 'key'")
            finally:
                await connection.close()
        except FAILURES as error:
            raise StoreError(f"{self._shown} cannot be used as a store: {_line(error)}") from error
        if found != wanted:
            raise StoreError(
                f"schema {layout.schema} of {self._shown} was made by another version, seed, size, locale or set of "
                f"APIs ({found}, here {wanted}); start with the same options, name another schema with "
                f"?schema=NAME, or drop it"
            )

    async def _reach(self) -> Any:
        """A first connection; a database that is itself just starting is waited for."""
        give_up = asyncio.get_running_loop().time() + START
        for attempt in itertools.count():
            try:
                return await asyncpg.connect(self._dsn, timeout=PATIENCE)
            except (ConnectionError, asyncpg.CannotConnectNowError) as error:
                if asyncio.get_running_loop().time() > give_up:
                    raise
                if not attempt:
                    log.warning("waiting up to %.0f s for %s: %s", START, self._shown, _line(error))
                await asyncio.sleep(0.5)
        raise AssertionError("unreached")

    async def _make(self, connection: Any, seeding: Seeding, wanted: str) -> None:
        layout = self.layout
        if await connection.fetchval("SELECT to_regnamespace($1)", layout.namespace) is None:
            # Whoever was given a schema need not have the right to make one.
            await connection.execute(f"CREATE SCHEMA {layout.namespace}")
        await connection.execute(layout.creating())
        for table in layout.tables:
            await connection.copy_records_to_table(
                layout.bare(table),
                schema_name=layout.schema,
                columns=["session", *_MATERIAL, *layout.bare_columns(table)],
                records=((PRISTINE, *_material(row), *map(key, row.columns)) for row in seeding.rows(table)),
            )
            await connection.execute(
                f"INSERT INTO {layout.counters} VALUES ($1, $2, $3)", PRISTINE, table.name, seeding.total(table)
            )
        number = await connection.fetchval(
            f"INSERT INTO {layout.sessions} (name, number) VALUES ('', nextval('{layout.numbers}')) RETURNING number"
        )
        await connection.execute(layout.copying(PRISTINE, number))
        await connection.execute(f"INSERT INTO {layout.meta} VALUES ('key', $1)", wanted)


class PostgresSession:
    """One session: a number that leads the keys of its rows."""

    def __init__(self, name: str, store: PostgresStore) -> None:
        self.name = name
        self._store = store
        self._number: int | None = None
        # Writers of this process queue here, so that those who wait for another process take no connections.
        self._writing = asyncio.Lock()

    def transaction(self, write: bool) -> _Scope:
        """A transaction. One that writes has the session to itself, one that reads sees one moment."""
        return _Scope(self, write)

    async def reset(self) -> None:
        """Back to the seed."""
        async with self.transaction(write=True) as tx:
            await tx.replace(PRISTINE)

    async def save_snapshot(self, label: str) -> None:
        """Keep the present state under a label."""
        async with self.transaction(write=True) as tx:
            await tx.save(label)

    async def restore_snapshot(self, label: str) -> bool:
        """Back to a snapshot."""
        async with self.transaction(write=True) as tx:
            number = await tx.snapshot(label)
            if number is None:
                return False
            await tx.replace(number)
            return True

    async def drop_snapshot(self, label: str) -> bool:
        """Forget a snapshot."""
        async with self.transaction(write=True) as tx:
            return await tx.forget(label)

    async def snapshots(self) -> list[str]:
        """The labels of all snapshots, sorted."""
        async with self.transaction(write=False) as tx:
            return await tx.labels()

    async def find(self) -> int:
        """The number of the session, which is made when there is none."""
        if self._number is None:
            self._number = await self._store.number(self.name)
        return self._number

    async def begin(self, write: bool) -> PostgresTransaction:
        """Begin on a connection of the pool, in one round trip; what was dropped meanwhile is made anew."""
        if write:
            await self._writing.acquire()
        try:
            while True:
                number = await self.find()
                connection, there = await self._opened(number, write)
                if there:
                    return PostgresTransaction(connection, self._store.layout, number)
                connection.terminate()
                self._store.connections.give_back(connection)
                if self._number == number:
                    self._number = None
        except BaseException as error:
            if write:
                self._writing.release()
            if isinstance(error, FAILURES):
                raise told(error) from error
            raise

    async def _opened(self, number: int, write: bool) -> tuple[Any, bool]:
        """A connection in a transaction, and whether the session exists in it.

        A connection that broke while it lay idle is noticed here, before anything was done, so a new one is tried.
        """
        script = self._store.layout.beginning(number, write)
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

    async def end(self, tx: PostgresTransaction, write: bool, error: BaseException | None) -> None:
        """Commit, or undo everything. Raises StoreError when that cannot be done or was the reason of the error."""
        connection = tx.connection
        try:
            done = await connection.execute("COMMIT" if error is None else "ROLLBACK")
            if error is None and done != "COMMIT":
                raise StoreError("a statement failed and was passed over, so everything was undone")
        except BaseException as failure:
            connection.terminate()
            if error is None and isinstance(failure, FAILURES):
                raise told(failure) from failure
            if error is None or not isinstance(failure, FAILURES):
                raise
        finally:
            if write:
                self._writing.release()
            self._store.connections.give_back(connection)
        if isinstance(error, FAILURES):
            raise told(error) from error


class _Scope:
    """`async with` around a transaction."""

    __slots__ = ("_session", "_tx", "_write")

    def __init__(self, session: PostgresSession, write: bool) -> None:
        self._session = session
        self._write = write

    async def __aenter__(self) -> PostgresTransaction:
        self._tx = await self._session.begin(self._write)
        return self._tx

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        await self._session.end(self._tx, self._write, error)


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


class PostgresTransaction:
    """Statements of one session on one connection, which keeps their prepared forms by text."""

    __slots__ = ("_layout", "_number", "connection")

    def __init__(self, connection: Any, layout: Layout, number: int) -> None:
        self.connection = connection
        self._layout = layout
        self._number = number

    async def get(self, table: Table, id: str) -> Row | None:
        """The row with an id."""
        found = await self.connection.fetchrow(
            f"SELECT {_ROW} FROM {self._layout.name(table)} WHERE session = $1 AND id = $2", self._number, text_key(id)
        )
        return None if found is None else _row(found)

    async def body(self, table: Table, id: str, where: Where) -> bytes | None:
        """The default view of the row with an id, if it fits a condition."""
        condition, values = self._condition(table, {"id": id, **where})
        found: bytes | None = await self.connection.fetchval(
            f"SELECT body FROM {self._layout.name(table)}{condition}", *values
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
        """Rows by condition, in an order."""
        return [_row(found) for found in await self._select(_ROW, table, where, order, limit, offset, after)]

    async def bodies(
        self, table: Table, where: Where, order: str = "created", limit: int | None = None, offset: int = 0
    ) -> list[bytes]:
        """Only the default views."""
        return [found[0] for found in await self._select("body", table, where, order, limit, offset)]

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
        """How many rows fit."""
        condition, values = self._condition(table, where)
        return int(
            await self.connection.fetchval(f"SELECT count(*) FROM {self._layout.name(table)}{condition}", *values)
        )

    async def distinct(self, table: Table, column: str, where: Where) -> list[Any]:
        """The different values of a column."""
        layout = self._layout
        name = layout.column(table, column)
        condition, values = self._condition(table, where)
        found = await self.connection.fetch(
            f"SELECT DISTINCT ON ({name}) {_ROW} FROM {layout.name(table)}{condition} AND {name} IS NOT NULL "
            f"ORDER BY {name}, seq",
            *values,
        )
        rows = map(_row, found)
        if column in {"id", "seq"}:
            return [getattr(row, column) for row in rows]
        place = table.columns.index(column)
        return [row.columns[place] for row in rows]

    async def tally(self, table: Table, columns: Sequence[str], where: Where) -> dict[tuple[Any, ...], int]:
        """How many rows there are of each combination of values."""
        layout = self._layout
        names = ", ".join(layout.column(table, column) for column in columns)
        condition, values = self._condition(table, where)
        # The columns hold keys, which cannot be read back: a row of each combination tells its values.
        found = await self.connection.fetch(
            f"SELECT DISTINCT ON ({names}) columns, count(*) OVER (PARTITION BY {names}) "
            f"FROM {layout.name(table)}{condition} ORDER BY {names}, seq",
            *values,
        )
        places = [table.columns.index(column) + 1 for column in columns]
        rows = [(orjson.loads(kept), count) for kept, count in found]
        return {tuple(row[place] for place in places): count for row, count in rows}

    async def put(self, table: Table, rows: Sequence[Row]) -> None:
        """Insert or replace rows by id."""
        layout = self._layout
        if len(rows) == 1:
            row = rows[0]
            await self.connection.execute(
                layout.insertion(table), self._number, *_material(row), *map(key, row.columns)
            )
        elif rows:
            last = {row.id: row for row in rows}.values()
            parts = [(*_material(row), *map(key, row.columns)) for row in last]
            await self.connection.execute(layout.insertions(table), self._number, *map(list, zip(*parts, strict=True)))

    async def remove(self, table: Table, ids: Sequence[str]) -> int:
        """Delete rows by id."""
        done = await self.connection.execute(
            f"DELETE FROM {self._layout.name(table)} WHERE session = $1 AND id = ANY($2::bytea[])",
            self._number,
            [text_key(id) for id in ids],
        )
        return int(done.split()[-1])

    async def take(self, counter: str, count: int = 1) -> int:
        """Take numbers from a counter; the first of them."""
        counters = self._layout.counters
        value = await self.connection.fetchval(
            f"INSERT INTO {counters} AS kept (session, name, value) VALUES ($1, $2, $3) "
            "ON CONFLICT (session, name) DO UPDATE SET value = kept.value + $3 RETURNING value",
            self._number,
            counter,
            count,
        )
        return int(value) - count

    async def replace(self, source: int) -> None:
        """Put the rows of another number in place of all that are here."""
        await self.connection.execute(self._layout.emptying([self._number]))
        await self.connection.execute(self._layout.copying(source, self._number))

    async def snapshot(self, label: str) -> int | None:
        """The number under which a snapshot's rows are kept."""
        number: int | None = await self.connection.fetchval(
            f"SELECT number FROM {self._layout.snapshots} WHERE session = $1 AND label = $2",
            self._number,
            _written(label),
        )
        return number

    async def save(self, label: str) -> None:
        """Copy all rows under a new number that a label names."""
        await self.forget(label)
        number = await self.connection.fetchval(
            f"INSERT INTO {self._layout.snapshots} (session, label, number) "
            f"VALUES ($1, $2, nextval('{self._layout.numbers}')) RETURNING number",
            self._number,
            _written(label),
        )
        await self.connection.execute(self._layout.copying(self._number, number))

    async def forget(self, label: str) -> bool:
        """Delete a snapshot."""
        number = await self.connection.fetchval(
            f"DELETE FROM {self._layout.snapshots} WHERE session = $1 AND label = $2 RETURNING number",
            self._number,
            _written(label),
        )
        if number is None:
            return False
        await self.connection.execute(self._layout.emptying([number]))
        return True

    async def labels(self) -> list[str]:
        """The labels of all snapshots, sorted."""
        rows = await self.connection.fetch(
            f"SELECT label FROM {self._layout.snapshots} WHERE session = $1 ORDER BY label", self._number
        )
        return [_read(row[0]) for row in rows]

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
        values: list[Any] = [self._number]
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


class Layout:
    """The names of one schema's tables, and the statements that are the same for every session."""

    def __init__(self, schema: str, tables: Sequence[Table]) -> None:
        self.schema = schema
        self.tables = tuple(tables)
        self.namespace = own = _quoted(schema)
        self.meta, self.sessions, self.snapshots, self.counters, self.numbers = (
            f"{own}.{name}" for name in ("_meta", "_sessions", "_snapshots", "_counters", "_numbers")
        )
        #: First half of the advisory locks of this schema; the other half is a session's number.
        self.lock = int.from_bytes(blake2b(schema.encode(), digest_size=4).digest(), "big", signed=True)
        self._bare = {table.name: _short(table.name) for table in self.tables}
        self._names = {name: f"{own}.{_quoted(bare)}" for name, bare in self._bare.items()}
        self._columns = {
            (table.name, column): _quoted(_short(f"c_{column}")) for table in self.tables for column in table.columns
        }
        self._insertion = {table.name: self._insert(table, many=False) for table in self.tables}
        self._insertions = {table.name: self._insert(table, many=True) for table in self.tables}

    def bare(self, table: Table) -> str:
        """A table's name without its schema, unquoted."""
        return self._bare[table.name]

    def bare_columns(self, table: Table) -> list[str]:
        """The names of a table's look-up columns, unquoted."""
        return [_short(f"c_{column}") for column in table.columns]

    def name(self, table: Table) -> str:
        """A table's name as statements take it."""
        return self._names[table.name]

    def column(self, table: Table, name: str) -> str:
        """The name of a column. Raises KeyError for one that is not kept."""
        if name in {"id", "seq"}:
            return name
        found = self._columns.get((table.name, name))
        if found is None:
            raise KeyError(f"{table.name} keeps no column {name!r}; add it to the resource's indexes")
        return found

    def order(self, table: Table, order: str) -> str:
        """The clause for an order; what has no value comes first, as the smallest."""
        name, descending = (order[1:], True) if order.startswith("-") else (order, False)
        direction, nulls = ("DESC", "NULLS LAST") if descending else ("ASC", "NULLS FIRST")
        if name == "created":
            return f" ORDER BY seq {direction}"
        return f" ORDER BY {self.column(table, name)} {direction} {nulls}, seq {direction}"

    def insertion(self, table: Table) -> str:
        """Insert or replace one row."""
        return self._insertion[table.name]

    def insertions(self, table: Table) -> str:
        """Insert or replace the rows of one array a column."""
        return self._insertions[table.name]

    def locking(self, number: int) -> str:
        """Have a session to oneself until the transaction ends."""
        return f"SELECT pg_advisory_xact_lock({self.lock}, {number})"

    def beginning(self, number: int, write: bool) -> str:
        """Begin a transaction; the last statement tells whether the session exists."""
        exists = f"SELECT FROM {self.sessions} WHERE number = {number}"
        if write:
            # Each statement behind the lock sees what was committed before it was given.
            return f"BEGIN ISOLATION LEVEL READ COMMITTED; {self.locking(number)}; {exists}"
        return f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {exists}"

    def copying(self, source: int, target: int) -> str:
        """Copy all rows and counters from one number to another."""
        return ";".join(
            f"INSERT INTO {name} ({', '.join(columns)}) "
            f"SELECT {target}, {', '.join(columns[1:])} FROM {name} WHERE session = {source}"
            for name, columns in self._contents()
        )

    def emptying(self, numbers: Iterable[int]) -> str:
        """Delete all rows and counters of some numbers."""
        listed = ", ".join(map(str, numbers))
        return ";".join(f"DELETE FROM {name} WHERE session IN ({listed})" for name, _ in self._contents())

    def creating(self) -> str:
        """Make all that is in the schema."""
        return ";".join(self._creations())

    def analyzing(self) -> str:
        """Tell the planner what was seeded."""
        return ";".join(f"ANALYZE {name}" for name in self._names.values())

    def _contents(self) -> Iterator[tuple[str, list[str]]]:
        yield self.counters, ["session", "name", "value"]
        for table in self.tables:
            yield self.name(table), ["session", *_MATERIAL, *(self.column(table, name) for name in table.columns)]

    def _creations(self) -> Iterator[str]:
        yield f"CREATE SEQUENCE {self.numbers} AS integer"
        yield f"CREATE TABLE {self.meta} (name text PRIMARY KEY, value text NOT NULL)"
        yield f"CREATE TABLE {self.sessions} (name bytea PRIMARY KEY, number integer NOT NULL UNIQUE)"
        yield (
            f"CREATE TABLE {self.snapshots} "
            "(session integer, label bytea, number integer NOT NULL, PRIMARY KEY (session, label))"
        )
        yield f"CREATE TABLE {self.counters} (session integer, name text, value bigint, PRIMARY KEY (session, name))"
        for table in self.tables:
            name = self.name(table)
            columns = [self.column(table, column) for column in table.columns]
            kept = "".join(f", {column} bytea" for column in columns)
            yield (
                f"CREATE TABLE {name} (session integer, seq bigint, id bytea NOT NULL, document bytea NOT NULL, "
                f"body bytea NOT NULL, columns bytea NOT NULL{kept}, PRIMARY KEY (session, seq), UNIQUE (session, id))"
            )
            for column in columns:
                yield f"CREATE INDEX ON {name} (session, {column} NULLS FIRST, seq)"

    def _insert(self, table: Table, many: bool) -> str:
        columns = [*_MATERIAL, *(self.column(table, name) for name in table.columns)]
        kinds = ["bigint", *["bytea"] * (len(columns) - 1)]
        values = [f"${n}::{kind}[]" if many else f"${n}" for n, kind in enumerate(kinds, 2)]
        source = (
            f"SELECT $1::integer, * FROM unnest({', '.join(values)})" if many else f"VALUES ($1, {', '.join(values)})"
        )
        changes = ", ".join(f"{column} = EXCLUDED.{column}" for column in columns if column != "id")
        return (
            f"INSERT INTO {self.name(table)} (session, {', '.join(columns)}) {source} "
            f"ON CONFLICT (session, id) DO UPDATE SET {changes}"
        )


_ROW = "seq, document, body, columns"


def _material(row: Row) -> tuple[int, bytes, bytes, bytes, bytes]:
    """What is kept of a row beside the columns for look-ups; its id in front, since keys of long ids are cut."""
    columns = orjson.dumps([row.id, *map(plain, row.columns)])
    return row.seq, text_key(row.id), row.document, row.body, columns


def _row(found: Any) -> Row:
    seq, document, body, columns = found
    id, *values = orjson.loads(columns)
    return Row(seq, id, document, body, tuple(values))


def _sought(name: str, value: Any) -> Any:
    if name == "seq":
        return value
    return text_key(str(value)) if name == "id" else key(value)


def told(error: BaseException) -> StoreError:
    """A failure of the database in one line, with whether it has run out of room."""
    full = isinstance(error, asyncpg.DiskFullError)
    return StoreFull(_line(error)) if full else StoreError(_line(error))


def _line(error: BaseException) -> str:
    return str(error).partition("\n")[0] or type(error).__name__


def _written(text: str) -> bytes:
    """Names are kept as bytes: text of PostgreSQL cannot hold every character."""
    return text.encode("utf-8", "surrogatepass")


def _read(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogatepass")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _short(name: str) -> str:
    """PostgreSQL cuts names at 63 bytes; longer ones end in a digest so that they stay different."""
    if len(name.encode()) <= 63:
        return name
    return f"{name[:50]}~{blake2b(name.encode(), digest_size=6).hexdigest()}"


def _parts(address: str) -> tuple[str, str, str]:
    """The address without what is ours, the schema, and the address as it may be shown."""
    try:
        parts = urlsplit(address)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        schema = query.pop("schema", "") or SCHEMA
        shown = f"postgresql://{parts.netloc.rpartition('@')[2]}{parts.path}"
    except ValueError as error:
        raise StoreError(f"{address} is no address of a database: {error}") from error
    return urlunsplit(parts._replace(query=urlencode(query))), schema, shown


def _alone(work: Coroutine[Any, Any, T]) -> T:
    """Do asynchronous work from synchronous code, which may itself be called inside an event loop."""
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


__all__ = ["PostgresStore"]
