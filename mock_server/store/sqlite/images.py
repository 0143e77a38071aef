"""Databases as bytes: the seed, and snapshots."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence

from understudy.mock_server.store.interface import SeedData, Table
from understudy.mock_server.store.sqlite.statements import column_of, insertion, quoted, values

#: The name under which an image is attached to a connection.
IMAGE = "image"


class Images:
    """The images of one set of tables."""

    def __init__(self, tables: Sequence[Table], seed_data: SeedData, key: str) -> None:
        self._tables = tuple(tables)
        self._empty, self.seed = _build(self._tables, seed_data, key)

    def of(self, connection: sqlite3.Connection) -> bytes:
        """The records and counters of a database, without its snapshots, as an image; in one transaction."""
        attach(connection, self._empty)
        connection.execute("BEGIN")
        self._copy(connection, "main", IMAGE)
        connection.execute("COMMIT")
        return connection.serialize(name=IMAGE)

    def put(self, connection: sqlite3.Connection) -> None:
        """Replace all records and counters by those of the attached image."""
        self._copy(connection, IMAGE, "main")

    def _copy(self, connection: sqlite3.Connection, source: str, target: str) -> None:
        for table in (*[quoted(t.name) for t in self._tables], "_counters"):
            connection.execute(f"DELETE FROM {target}.{table}")
            connection.execute(f"INSERT INTO {target}.{table} SELECT * FROM {source}.{table}")


def attach(connection: sqlite3.Connection, image: bytes) -> None:
    """Attach an image to a connection that is not in a transaction."""
    connection.execute(f"ATTACH ':memory:' AS {IMAGE}")
    connection.deserialize(image, name=IMAGE)


def opened(image: bytes) -> sqlite3.Connection:
    """A connection to an image in memory."""
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    connection.deserialize(image)
    return connection


def logged(image: bytes) -> bytes:
    """An image marked as using a write-ahead log.

    A file uses it from the start, since only one of several processes that open it could change that; a database in
    memory cannot be opened with it.
    """
    return image[:18] + b"\x02\x02" + image[20:]


def _build(tables: Sequence[Table], seed_data: SeedData, key: str) -> tuple[bytes, bytes]:
    """A database without records, and one with those of the seed."""
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        for statement in _layout(tables):
            connection.execute(statement)
        connection.execute("INSERT INTO _meta VALUES ('key', ?)", (key,))
        empty = connection.serialize()
        connection.execute("BEGIN")
        for table in tables:
            connection.executemany(insertion(table), map(values, seed_data.rows(table)))
            connection.execute("INSERT INTO _counters VALUES (?, ?)", (table.name, seed_data.total(table)))
        connection.execute("COMMIT")
        return empty, connection.serialize()


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
