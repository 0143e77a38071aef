"""SQLite through the standard library: each session is a database in a separate file.

The default session is in the file that the user named, every other session in a file beside it. The names of those
files are random and never used twice: no request chooses a path, and a process that still has the file of a deleted
session open notices that it is gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import secrets
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from understudy.mock_server.clock import ticks
from understudy.mock_server.store.interface import SeedData, StoreError, StoreFullError, Table
from understudy.mock_server.store.statements import SqliteTransaction, column_of, insertion, quoted, values

#: Changes with the layout of the tables; a file of another layout is refused.
LAYOUT = 4

#: Seconds that a writer waits for another process, and between two attempts. If SQLite waited itself, it would block all
#: requests of this process, and it sleeps so long between attempts that the busier process wins.
PATIENCE = 10.0
AGAIN = 0.001

#: The errors of the operating system if there is no space: on the disk, for this user, in this file.
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class SqliteStore:
    """The records of all sessions of one server. Raises StoreError if a file is not a store, or has another layout or seed."""

    def __init__(self, tables: Sequence[Table], seed_data: SeedData, path: Path) -> None:
        self.tables = tuple(tables)
        self._path = path
        self._key = f"{LAYOUT}/{seed_data.key}"
        self.image = _image(self.tables, seed_data, self._key)
        self._sessions: dict[str, SqliteSessionStore] = {}
        self._default()

    async def session(self, name: str) -> SqliteSessionStore:
        """The session with a name, created from the seed at first use."""
        found = self._sessions.get(name)
        if found is None:
            found = self._sessions[name] = SqliteSessionStore(name, self)
            # If it cannot be opened now, its transactions report that, unless they can open it by then.
            with contextlib.suppress(StoreError):
                found.look()
        return found

    async def sessions(self) -> list[str]:
        """The names of all sessions that exist, sorted, the default one first."""
        with patient(self._default()) as names:
            return ["", *sorted(row[0] for row in names.execute("SELECT name FROM _sessions"))]

    async def drop(self, name: str) -> bool:
        """Delete a session with its records; the default session cannot be deleted."""
        found = self._sessions.pop(name, None) if name else None
        if found is not None:
            found.close()
        if not name:
            return False
        with patient(self._default()) as names:
            dropped = names.execute("DELETE FROM _sessions WHERE name = ? RETURNING file", (name,)).fetchall()
        for (file,) in dropped:
            _unlink(self._path.with_name(file))
        return bool(dropped)

    async def close(self) -> None:
        """Close all connections; they are opened again when they are needed."""
        for session in self._sessions.values():
            session.close()
        self._sessions.clear()

    def connect(self, name: str) -> tuple[sqlite3.Connection, Path | None]:
        """A connection to a session's database, created from the seed if necessary, and its file if it may be deleted."""
        if not name:
            return _open_file(self._path, self.image, self._key), None
        with patient(self._default()) as names:
            while True:
                drawn = f"{self._path.name}.session-{secrets.token_hex(8)}"
                names.execute("INSERT OR IGNORE INTO _sessions (name, file) VALUES (?, ?)", (name, drawn))
                file = _file_of(names, name)
                if file is not None:
                    path = self._path.with_name(file)
                    connection = _open_file(path, self.image, self._key)
                    if _file_of(names, name) == file:
                        return connection, path
                    # Another process deleted the session while this one created its file.
                    connection.close()
                    _unlink(path)

    def _default(self) -> sqlite3.Connection:
        """The connection to the default session, which also stores the names of the others."""
        if "" not in self._sessions:
            self._sessions[""] = SqliteSessionStore("", self)
        return self._sessions[""].look()


class SqliteSessionStore:
    """The records of one session in one database."""

    def __init__(self, name: str, store: SqliteStore) -> None:
        self.name = name
        self.statements: SqliteTransaction
        self.waiting = asyncio.Lock()
        self._store = store
        self._connection: sqlite3.Connection | None = None
        self._path: Path | None = None

    def look(self) -> sqlite3.Connection:
        """The connection, opened at first use, and again if another process has deleted the session."""
        if self._path is not None and not os.path.exists(self._path):
            self.close()
        if self._connection is None:
            self._connection, self._path = self._store.connect(self.name)
            self.statements = SqliteTransaction(self._connection)
        return self._connection

    def transaction(self, write: bool) -> _Scope:
        """A transaction."""
        return _Scope(self, write)

    async def reset(self) -> None:
        """Return to the seed, in one transaction."""
        with patient(self.look()) as connection:
            _replace(connection, self._store.tables, self._store.image)

    async def save_snapshot(self, label: str) -> None:
        """Save the current state under a label."""
        with patient(self.look()) as connection:
            connection.execute(
                "INSERT OR REPLACE INTO _snapshots (label, image) VALUES (?, ?)", (label, _present(connection))
            )

    async def restore_snapshot(self, label: str) -> bool:
        """Return to a snapshot, in one transaction."""
        with patient(self.look()) as connection:
            found = connection.execute("SELECT image FROM _snapshots WHERE label = ?", (label,)).fetchone()
            if found is None:
                return False
            _replace(connection, self._store.tables, found[0])
            return True

    async def drop_snapshot(self, label: str) -> bool:
        """Delete a snapshot."""
        with patient(self.look()) as connection:
            return connection.execute("DELETE FROM _snapshots WHERE label = ?", (label,)).rowcount > 0

    async def snapshots(self) -> list[str]:
        """The labels of all snapshots, sorted."""
        with patient(self.look()) as connection:
            return [row[0] for row in connection.execute("SELECT label FROM _snapshots ORDER BY label")]

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = self._path = None


class _Scope:
    """`async with` around a transaction; a class, because a generator would cost more than a statement."""

    __slots__ = ("_connection", "_session", "_write")

    def __init__(self, session: SqliteSessionStore, write: bool) -> None:
        self._session = session
        self._write = write

    async def __aenter__(self) -> SqliteTransaction:
        session = self._session
        self._connection = session.look()
        begin = "BEGIN IMMEDIATE" if self._write else "BEGIN"
        try:
            self._connection.execute(begin)
        except sqlite3.Error as error:
            if not _is_busy(error):
                raise store_error(error) from error
            await self._wait(begin)
        return session.statements

    async def _wait(self, begin: str) -> None:
        """Begin once the process that writes has finished; other requests are served meanwhile."""
        session = self._session
        give_up = ticks() + PATIENCE
        async with session.waiting:  # one of the waiting requests tries, the others queue behind it
            while True:
                await asyncio.sleep(AGAIN)
                self._connection = session.look()
                try:
                    self._connection.execute(begin)
                except sqlite3.Error as error:
                    if not _is_busy(error) or ticks() > give_up:
                        raise store_error(error) from error
                else:
                    return

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        connection = self._connection
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


def _present(connection: sqlite3.Connection) -> bytes:
    """The database of a session without its snapshots, as bytes."""
    with contextlib.closing(_connect(":memory:")) as copy:
        connection.backup(copy)
        copy.execute("DELETE FROM _snapshots")
        copy.execute("VACUUM")
        return _marked(copy.serialize(), log=False)


def _replace(connection: sqlite3.Connection, tables: Sequence[Table], image: bytes) -> None:
    """Replace all records and counters by those of an image, in one transaction."""
    connection.execute("ATTACH ':memory:' AS seed")
    try:
        connection.deserialize(image, name="seed")
        connection.execute("BEGIN IMMEDIATE")
        try:
            for table in (*[quoted(t.name) for t in tables], "_counters"):
                connection.execute(f"DELETE FROM main.{table}")
                connection.execute(f"INSERT INTO main.{table} SELECT * FROM seed.{table}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    finally:
        connection.execute("DETACH seed")


@contextlib.contextmanager
def patient(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """A connection that waits for other processes; every other error of SQLite becomes StoreError."""
    try:
        connection.execute(f"PRAGMA busy_timeout = {PATIENCE * 1000:.0f}")
        try:
            yield connection
        finally:
            connection.execute("PRAGMA busy_timeout = 0")
    except sqlite3.Error as error:
        raise store_error(error) from error


def _is_busy(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


def store_error(error: sqlite3.Error) -> StoreError:
    """An error of SQLite as StoreError, or as StoreFullError if there was no space."""
    code = getattr(error, "sqlite_errorcode", 0)
    # A limit on the size of files (rather than a full disk) makes a write fail without saying why.
    full = code in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE}
    return StoreFullError(str(error)) if full else StoreError(str(error))


def _connect(where: str | Path) -> sqlite3.Connection:
    return sqlite3.connect(where, isolation_level=None, cached_statements=512, check_same_thread=False, timeout=0)


def _image(tables: Sequence[Table], seed_data: SeedData, key: str) -> bytes:
    """A database with the records of the seed, as bytes."""
    with contextlib.closing(_connect(":memory:")) as connection:
        connection.execute("BEGIN")
        for statement in _layout(tables):
            connection.execute(statement)
        for table in tables:
            connection.executemany(insertion(table), map(values, seed_data.rows(table)))
            connection.execute("INSERT INTO _counters VALUES (?, ?)", (table.name, seed_data.total(table)))
        connection.execute("INSERT INTO _meta VALUES ('key', ?)", (key,))
        connection.execute("COMMIT")
        return connection.serialize()


def _layout(tables: Sequence[Table]) -> Iterator[str]:
    yield "CREATE TABLE _meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID"
    yield "CREATE TABLE _counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID"
    yield "CREATE TABLE _snapshots (label TEXT PRIMARY KEY, image BLOB NOT NULL)"
    yield "CREATE TABLE _sessions (name TEXT PRIMARY KEY, file TEXT NOT NULL) WITHOUT ROWID"
    for table in tables:
        columns = "".join(f", {column_of(table, name)}" for name in table.columns)
        yield (
            f"CREATE TABLE {quoted(table.name)} "
            f"(seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, document BLOB NOT NULL, body BLOB NOT NULL{columns})"
        )
        for name in table.columns:
            index = quoted(f"{table.name}/{name}")
            yield f"CREATE INDEX {index} ON {quoted(table.name)} ({column_of(table, name)}, seq)"


def _open_file(path: Path, image: bytes, key: str) -> sqlite3.Connection:
    if not path.exists():
        _create(path, image)
    try:
        with patient(_connect(path)) as connection:
            connection.execute("PRAGMA synchronous = FULL")
            problem = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            found = connection.execute("SELECT value FROM _meta WHERE name = 'key'").fetchone()
    except (sqlite3.Error, StoreError) as error:
        kind = type(store_error(error) if isinstance(error, sqlite3.Error) else error)
        raise kind(f"{path} cannot be used as a store: {error}") from error
    if problem != "ok":
        raise StoreError(f"{path} is damaged: {problem}; restore a copy or delete it to start from the seed")
    if found is None or found[0] != key:
        raise StoreError(
            f"{path} was made by another version, seed, size, locale or set of APIs ({found and found[0]}, "
            f"here {key}); start with the same options or delete it"
        )
    with patient(connection):
        # The mode of new files. Only set now, so that a file of another program is never changed.
        connection.execute("PRAGMA journal_mode = WAL")
    return connection


def _create(path: Path, image: bytes) -> None:
    """Write a new file completely or not at all; of several processes that start together one wins."""
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_marked(image, log=True))
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(temporary, path)
        finally:
            os.unlink(temporary)
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    except OSError as error:
        kind = StoreFullError if error.errno in NO_ROOM else StoreError
        raise kind(f"{path} cannot be created: {error.strerror}") from error


def _marked(image: bytes, log: bool) -> bytes:
    """Mark an image as using a write-ahead log or not.

    A file uses it from the start, since only one of several processes that open it could change that; a database in
    memory cannot be opened with it.
    """
    mark = b"\x02\x02" if log else b"\x01\x01"
    return image[:18] + mark + image[20:]


def _file_of(connection: sqlite3.Connection, name: str) -> str | None:
    """The name of a session's file."""
    found = connection.execute("SELECT file FROM _sessions WHERE name = ?", (name,)).fetchone()
    return None if found is None else str(found[0])


def _unlink(path: Path) -> None:
    """Delete a database and the files that SQLite keeps beside it."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
