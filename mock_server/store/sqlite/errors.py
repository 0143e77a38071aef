"""The errors of SQLite, and how long to wait for another process."""

from __future__ import annotations

import contextlib
import errno
import sqlite3
from collections.abc import Iterator

from understudy.mock_server.store.interface import StoreError, StoreFullError

#: Seconds that a writer waits for another process, and between two attempts. If SQLite waited itself, it would block all
#: requests of this process, and it sleeps so long between attempts that the busier process wins.
PATIENCE = 10.0
AGAIN = 0.001

#: The errors of the operating system if there is no space: on the disk, for this user, in this file.
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another process holds a lock."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


def store_error(error: sqlite3.Error) -> StoreError:
    """An error of SQLite as StoreError, or as StoreFullError if there was no space."""
    code = getattr(error, "sqlite_errorcode", 0)
    # A limit on the size of files (rather than a full disk) makes a write fail without saying why.
    full = code in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE}
    return StoreFullError(str(error)) if full else StoreError(str(error))


@contextlib.contextmanager
def as_store_errors() -> Iterator[None]:
    """Every error of SQLite becomes StoreError."""
    try:
        yield
    except sqlite3.Error as error:
        raise store_error(error) from error
