"""The store in SQLite: finds, creates and deletes sessions."""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from understudy.mock_server.store.interface import SeedData, StoreError, Table, TooManySessionsError
from understudy.mock_server.store.sqlite.files import OpenFile, open_file, remove
from understudy.mock_server.store.sqlite.images import Images
from understudy.mock_server.store.sqlite.session import SqliteSessionStore

#: Changes with the layout of the tables; a file of another layout is refused.
LAYOUT = 4


class SqliteStore:
    """The records of all sessions of one server. Raises StoreError if a file is not a store, or has another layout or seed."""

    needs_task = False

    def __init__(self, tables: Sequence[Table], seed_data: SeedData, path: Path) -> None:
        self.seed_data = seed_data
        self._path = path
        self._key = f"{LAYOUT}/{seed_data.key}"
        self._images = Images(tables, seed_data, self._key)
        #: The default session, whose file also stores the names of the others.
        self._default = SqliteSessionStore(
            "", self._images, self._open_default, open_file(path, self._images.seed, self._key)
        )
        self._sessions: dict[str, SqliteSessionStore] = {"": self._default}

    async def session(self, name: str, limit: int | None = None) -> SqliteSessionStore:
        """The session with a name, created from the seed at first use. Raises TooManySessionsError."""
        found = self._sessions.get(name)
        if found is None:
            open = partial(self._open_named, name, limit)
            found = self._sessions[name] = SqliteSessionStore(name, self._images, open)
            try:
                await found.opened()
            except TooManySessionsError:
                del self._sessions[name]
                raise
            except StoreError:
                pass  # its transactions report that, unless they can open it by then
        return found

    async def sessions(self) -> list[str]:
        """The names of all sessions that exist, sorted, the default one first."""

        def work(connection: sqlite3.Connection) -> list[str]:
            return ["", *sorted(row[0] for row in connection.execute("SELECT name FROM _sessions"))]

        return await self._default.apart(work)

    async def drop(self, name: str) -> bool:
        """Delete a session with its records; the default session cannot be deleted."""
        if not name:
            return False

        def work(connection: sqlite3.Connection) -> list[tuple[str]]:
            return connection.execute("DELETE FROM _sessions WHERE name = ? RETURNING file", (name,)).fetchall()

        dropped = await self._default.apart(work, write=True)
        found = self._sessions.pop(name, None)
        if found is not None:
            found.close()
        for (file,) in dropped:
            remove(self._path.with_name(file))
        return bool(dropped)

    async def close(self) -> None:
        """Close all connections; they are opened again when they are needed."""
        for session in self._sessions.values():
            session.close()
        self._sessions = {"": self._default}

    async def _open_default(self) -> OpenFile:
        return await asyncio.to_thread(open_file, self._path, self._images.seed, self._key)

    async def _open_named(self, name: str, limit: int | None) -> OpenFile:
        """Open the file of a session, which is created from the seed if necessary."""
        while True:
            root = await self._default.opened()
            file = await self._file_of(name) or await self._register(name, limit)
            path = self._path.with_name(file)
            opened = await asyncio.to_thread(open_file, path, self._images.seed, self._key, root)
            if await self._file_of(name) == file:
                return opened
            # Another process deleted the session while this one created its file.
            opened.close()
            remove(path)

    async def _file_of(self, name: str) -> str | None:
        """The name of a session's file."""

        def work(connection: sqlite3.Connection) -> str | None:
            found = connection.execute("SELECT file FROM _sessions WHERE name = ?", (name,)).fetchone()
            return None if found is None else str(found[0])

        return await self._default.apart(work)

    async def _register(self, name: str, limit: int | None) -> str:
        """Draw the name of a session's file, unless another process has done so. Raises TooManySessionsError."""
        drawn = f"{self._path.name}.session-{secrets.token_hex(8)}"

        def work(connection: sqlite3.Connection) -> str | None:
            # Writers take turns, so that of several processes none counts what another one is about to add to.
            connection.execute(
                "INSERT OR IGNORE INTO _sessions (name, file) SELECT ?1, ?2 "
                "WHERE ?3 IS NULL OR (SELECT count(*) FROM _sessions) < ?3",
                (name, drawn, limit),
            )
            found = connection.execute("SELECT file FROM _sessions WHERE name = ?", (name,)).fetchone()
            return None if found is None else str(found[0])

        file = await self._default.apart(work, write=True)
        if file is None:
            raise TooManySessionsError(f"there are {limit} sessions")
        return file
