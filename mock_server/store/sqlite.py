"""SQLite through the standard library: each session is a database of its own, in memory or in a file.

A durable store keeps the default session in the file that the user named and every other one in a file beside
it, whose name is a digest of the session's name: a request never chooses a path.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path

from mock_server.store.derived import Derived, DerivedTransaction
from mock_server.store.interface import Seeding, StoreError, Table
from mock_server.store.statements import SqliteTransaction, column_of, insertion, quoted, values

#: Changes with the layout of the tables; a file of another layout is refused.
LAYOUT = 2

#: A seeded table with more rows than this is not written out in memory: its rows are derived when they are asked for.
WRITTEN_OUT = 5_000

#: How long a writer waits for another process, in milliseconds.
PATIENCE = 10_000


class SqliteStore:
    """All sessions of one server.

    `path` None keeps everything in memory. Raises StoreError for a file that is no store, or one of another
    layout or seed.
    """

    def __init__(self, tables: Sequence[Table], seeding: Seeding, path: Path | None = None) -> None:
        self._tables = tuple(tables)
        self._path = path
        self._key = f"{LAYOUT}/{seeding.key}"
        derived = [table for table in tables if path is None and seeding.total(table) > WRITTEN_OUT]
        self._derived = {table.name: Derived(seeding, table) for table in derived}
        self._image = _image(self._tables, seeding, self._key, self._derived)
        self._sessions: dict[str, SqliteSession] = {}
        if path is not None:
            self._sessions[""] = self._open("", path)

    async def session(self, name: str) -> SqliteSession:
        """The session of a name, made from the seed at first use."""
        found = self._sessions.get(name)
        if found is None:
            found = self._sessions[name] = self._open(name, self._file(name))
        return found

    async def sessions(self) -> list[str]:
        """The names of all sessions that exist, sorted, the default one first."""
        if self._path is None:
            return sorted({"", *self._sessions})
        with self._named() as connection:
            return ["", *sorted(row[0] for row in connection.execute("SELECT name FROM _sessions"))]

    async def drop(self, name: str) -> bool:
        """Delete a session with its state; the default one cannot be deleted."""
        found = self._sessions.pop(name, None) if name else None
        if found is not None:
            found.close()
        path = self._file(name)
        if path is None or not name:
            return found is not None
        with self._named() as connection:
            there = connection.execute("DELETE FROM _sessions WHERE name = ?", (name,)).rowcount > 0
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        return there

    async def close(self) -> None:
        """Close all connections."""
        for session in self._sessions.values():
            session.close()
        self._sessions.clear()

    def _file(self, name: str) -> Path | None:
        if self._path is None or not name:
            return self._path
        digest = blake2b(name.encode(), digest_size=12).hexdigest()
        return self._path.with_name(f"{self._path.name}.session-{digest}")

    def _open(self, name: str, path: Path | None) -> SqliteSession:
        if path is None:
            connection = _connect(":memory:")
            connection.deserialize(self._image)
        else:
            connection = _open_file(path, self._image, self._key)
            if name:
                with self._named() as main:
                    main.execute("INSERT OR IGNORE INTO _sessions (name) VALUES (?)", (name,))
        return SqliteSession(name, connection, self._tables, self._image, self._derived, shared=path is not None)

    @contextlib.contextmanager
    def _named(self) -> Iterator[sqlite3.Connection]:
        yield self._sessions[""].connection


class SqliteSession:
    """One session in one database."""

    def __init__(
        self,
        name: str,
        connection: sqlite3.Connection,
        tables: Sequence[Table],
        image: bytes,
        derived: Mapping[str, Derived],
        shared: bool,
    ) -> None:
        self.name = name
        self.connection = connection
        self._tables = tables
        self._image = image
        self._shared = shared
        self._transaction = DerivedTransaction(connection, derived) if derived else SqliteTransaction(connection)

    def transaction(self, write: bool) -> _Scope:
        """A transaction. Reading from memory needs none: nobody else can write in between."""
        if write:
            return _Scope(self._transaction, self.connection, "BEGIN IMMEDIATE")
        return _Scope(self._transaction, self.connection, "BEGIN" if self._shared else None)

    async def reset(self) -> None:
        """Back to the seed, in one transaction."""
        self._replace(self._image)

    async def save_snapshot(self, label: str) -> None:
        """Keep the present state under a label."""
        self.connection.execute(
            "INSERT OR REPLACE INTO _snapshots (label, image) VALUES (?, ?)", (label, self._present())
        )

    async def restore_snapshot(self, label: str) -> bool:
        """Back to a snapshot, in one transaction."""
        found = self.connection.execute("SELECT image FROM _snapshots WHERE label = ?", (label,)).fetchone()
        if found is None:
            return False
        self._replace(found[0])
        return True

    async def drop_snapshot(self, label: str) -> bool:
        """Forget a snapshot."""
        return self.connection.execute("DELETE FROM _snapshots WHERE label = ?", (label,)).rowcount > 0

    async def snapshots(self) -> list[str]:
        """The labels of all snapshots, sorted."""
        return [row[0] for row in self.connection.execute("SELECT label FROM _snapshots ORDER BY label")]

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    def _present(self) -> bytes:
        with contextlib.closing(_connect(":memory:")) as copy:
            self.connection.backup(copy)
            copy.execute("DELETE FROM _snapshots")
            copy.execute("VACUUM")
            return _rollback_journal(copy.serialize())

    def _replace(self, image: bytes) -> None:
        connection = self.connection
        connection.execute("ATTACH ':memory:' AS seed")
        try:
            connection.deserialize(image, name="seed")
            connection.execute("BEGIN IMMEDIATE")
            try:
                for table in (*[quoted(t.name) for t in self._tables], "_counters", "_gone", "_derived"):
                    connection.execute(f"DELETE FROM main.{table}")
                    connection.execute(f"INSERT INTO main.{table} SELECT * FROM seed.{table}")
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
        finally:
            connection.execute("DETACH seed")


class _Scope:
    """`async with` around a transaction; written out because a generator would cost more than a statement."""

    __slots__ = ("_begin", "_connection", "_transaction")

    def __init__(self, transaction: SqliteTransaction, connection: sqlite3.Connection, begin: str | None) -> None:
        self._transaction = transaction
        self._connection = connection
        self._begin = begin

    async def __aenter__(self) -> SqliteTransaction:
        if self._begin is not None:
            self._connection.execute(self._begin)
        return self._transaction

    async def __aexit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        if self._begin is not None:
            self._connection.execute("COMMIT" if kind is None else "ROLLBACK")


def _connect(where: str | Path) -> sqlite3.Connection:
    return sqlite3.connect(
        where, isolation_level=None, cached_statements=512, check_same_thread=False, timeout=PATIENCE / 1000
    )


def _image(tables: Sequence[Table], seeding: Seeding, key: str, derived: Mapping[str, Derived]) -> bytes:
    """A database that holds the seed, as bytes."""
    with contextlib.closing(_connect(":memory:")) as connection:
        connection.execute("BEGIN")
        for statement in _layout(tables):
            connection.execute(statement)
        for table in tables:
            if table.name in derived:
                connection.execute("INSERT INTO _derived VALUES (?, 0, 0)", (table.name,))
            else:
                connection.executemany(insertion(table), map(values, seeding.rows(table)))
            connection.execute("INSERT INTO _counters VALUES (?, ?)", (table.name, seeding.total(table)))
        connection.execute("INSERT INTO _meta VALUES ('key', ?)", (key,))
        connection.execute("COMMIT")
        return connection.serialize()


def _layout(tables: Sequence[Table]) -> Iterator[str]:
    yield "CREATE TABLE _meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID"
    yield "CREATE TABLE _counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID"
    yield "CREATE TABLE _snapshots (label TEXT PRIMARY KEY, image BLOB NOT NULL)"
    yield "CREATE TABLE _sessions (name TEXT PRIMARY KEY) WITHOUT ROWID"
    yield "CREATE TABLE _gone (name TEXT, seq INTEGER, PRIMARY KEY (name, seq)) WITHOUT ROWID"
    yield "CREATE TABLE _derived (name TEXT PRIMARY KEY, written INTEGER, moved INTEGER) WITHOUT ROWID"
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
        connection = _connect(path)
        connection.execute(f"PRAGMA busy_timeout = {PATIENCE}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        problem = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        found = connection.execute("SELECT value FROM _meta WHERE name = 'key'").fetchone()
    except sqlite3.Error as error:
        raise StoreError(f"{path} cannot be used as a store: {error}") from error
    if problem != "ok":
        raise StoreError(f"{path} is damaged: {problem}; restore a copy or delete it to start from the seed")
    if found is None or found[0] != key:
        raise StoreError(
            f"{path} was made by another version, seed, size, locale or set of APIs ({found and found[0]}, "
            f"here {key}); start with the same options or delete it"
        )
    return connection


def _create(path: Path, image: bytes) -> None:
    """Write a new file whole or not at all; of several processes that start together one wins."""
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(image)
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(temporary, path)
        finally:
            os.unlink(temporary)
    except OSError as error:
        raise StoreError(f"{path} cannot be made: {error.strerror}") from error


def _rollback_journal(image: bytes) -> bytes:
    """Mark an image as not using a write-ahead log, which a database in memory cannot open."""
    return image[:18] + b"\x01\x01" + image[20:]
