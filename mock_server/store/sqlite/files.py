"""The files of sessions: created completely or not at all, checked when they are opened, watched while they are open."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from understudy.mock_server.store.interface import StoreError, StoreFullError
from understudy.mock_server.store.sqlite.errors import NO_ROOM, PATIENCE, store_error
from understudy.mock_server.store.sqlite.images import logged
from understudy.mock_server.store.sqlite.statements import SqliteTransaction

#: The device and the number of a file. No other file has them as long as this one is open.
Identity = tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class OpenFile:
    """A session's database as it was opened."""

    path: Path
    connection: sqlite3.Connection
    statements: SqliteTransaction
    identity: Identity
    #: The write-ahead log of this database, which must never be applied to another one at the same path.
    log: Identity | None
    #: The file that knows the names of the sessions; None for that file itself.
    root: OpenFile | None

    def is_current(self) -> bool:
        """Whether this file still lies at its path, and belongs to a session."""
        return identity(self.path) == self.identity and (self.root is None or self.root.is_current())

    def close(self) -> None:
        """Close the connection; if another file lies at the path, the log does not stay beside it."""
        self.connection.close()
        if self.log is not None and identity(self.path) != self.identity:
            with _alone(self.path.parent):
                if identity(_beside(self.path, "-wal")) == self.log:
                    _remove_logs(self.path)


def open_file(path: Path, image: bytes, key: str, root: OpenFile | None = None) -> OpenFile:
    """Open a file, created from an image if there is none.

    Raises StoreError if the file is not a store, is damaged, or has another key.
    """
    while True:
        with _alone(path.parent):
            before = identity(path)
            if before is None:
                # What a killed process left behind would be applied to the new file.
                _remove_logs(path)
                _create(path, image)
                before = identity(path)
            connection = _checked(path, key)
        if identity(path) == before and before is not None:
            log = identity(_beside(path, "-wal"))
            return OpenFile(path, connection, SqliteTransaction(connection), before, log, root)
        connection.close()


def identity(path: Path) -> Identity | None:
    """The identity of the file at a path, None if there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def connect(path: Path) -> sqlite3.Connection:
    """A connection to an existing file. It waits for locks only until it is open: who closes one holds a lock briefly."""
    connection = sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?mode=rw",
        uri=True,
        isolation_level=None,
        cached_statements=512,
        check_same_thread=False,
        timeout=PATIENCE,
    )
    try:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA busy_timeout = 0")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def remove(path: Path) -> None:
    """Delete a database and the files that SQLite keeps beside it."""
    path.unlink(missing_ok=True)
    _remove_logs(path)


def _checked(path: Path, key: str) -> sqlite3.Connection:
    """A connection to a file that is a store. Raises StoreError."""
    connection: sqlite3.Connection | None = None
    try:
        connection = connect(path)
        connection.execute(f"PRAGMA busy_timeout = {PATIENCE * 1000:.0f}")
        problem = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        found = connection.execute("SELECT value FROM _meta WHERE name = 'key'").fetchone()
        if problem != "ok":
            raise StoreError(f"{path} is damaged: {problem}; restore a copy or delete it to start from the seed")
        if found is None or found[0] != key:
            raise StoreError(
                f"{path} was made by another version, seed, size, locale or set of APIs ({found and found[0]}, "
                f"here {key}); start with the same options or delete it"
            )
        # The mode of new files. Only set now, so that a file of another program is never changed.
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA busy_timeout = 0")
    except (sqlite3.Error, StoreError) as error:
        if connection is not None:
            connection.close()
        if isinstance(error, StoreError):
            raise
        raise type(store_error(error))(f"{path} cannot be used as a store: {error}") from error
    return connection


def _create(path: Path, image: bytes) -> None:
    """Write a new file completely or not at all; one that appears meanwhile is kept."""
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(logged(image))
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


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Of several processes that open or create files in a folder, one at a time."""
    import fcntl  # not on every system; there is none without it that has several processes on one file

    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:  # there is no such folder, which is reported when the file is created
        yield
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _remove_logs(path: Path) -> None:
    for suffix in ("-wal", "-shm"):
        _beside(path, suffix).unlink(missing_ok=True)
