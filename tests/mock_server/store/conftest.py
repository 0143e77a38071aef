"""The stores that are tested: in memory, with derived rows, in a file, in PostgreSQL."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from postgresql import Postgres, running
from stores import TABLES, Bench

from mock_server.store import sqlite
from mock_server.store.opening import open_store

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for all of them; each test has a schema of its own."""
    with running() as server:
        yield server


@pytest.fixture(params=["memory", "derived", "file", "postgres"])
def bench(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """A store of each kind."""
    kind = request.param
    if kind == "derived":
        monkeypatch.setattr(sqlite, "WRITTEN_OUT", 0)
    address = None
    if kind == "file":
        address = f"sqlite:///{tmp_path / 'state.db'}"
    elif kind == "postgres":
        address = request.getfixturevalue("postgres").address(f"store{next(_NUMBERS)}")
    with asyncio.Runner() as runner:
        tested = Bench(lambda seeds: open_store(address, TABLES, seeds), runner, shared=address is not None)
        yield tested
        tested.close()
