"""Opens the store at an address."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from understudy.mock_server.store.interface import SeedData, Store, StoreError, Table
from understudy.mock_server.store.memory import MemoryStore

#: What has no credentials: a path, or the scheme of an address.
_PLAIN = re.compile(r"[\w./ -]*")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")


def open_store(address: str | None, tables: Sequence[Table], seed_data: SeedData) -> Store:
    """The store at an address; None keeps everything in memory. Raises StoreError."""
    if address is None:
        return MemoryStore(tables, seed_data)
    scheme, found, rest = address.partition("://")
    if found and scheme == "sqlite" and rest.startswith("/") and len(rest) > 1:
        from understudy.mock_server.store.sqlite import SqliteStore  # imported late, as a server rarely needs it

        return SqliteStore(tables, seed_data, Path(rest[1:]))
    if found and scheme in {"postgresql", "postgres"} and rest:
        from understudy.mock_server.store.postgres import PostgresStore  # imported late, since its driver takes time

        return PostgresStore(address, tables, seed_data)
    raise StoreError(f"{_shown(address)} is not a store address; use sqlite:///PATH or postgresql://USER@HOST/DATABASE")


def _shown(address: str) -> str:
    """An address that is not valid, without what may be a password: only its scheme, or a plain path."""
    scheme, found, rest = address.partition(":")
    if not found:
        return address if _PLAIN.fullmatch(address) else "…"
    slashes = "//" if rest.startswith("//") else ""
    return f"{scheme}:{slashes}…" if _SCHEME.fullmatch(scheme) else "…"
