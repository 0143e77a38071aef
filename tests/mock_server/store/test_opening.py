"""From an address to a store: which kind stands behind it, where its file lies, and what is none."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from stores import TABLES, Seeds

from understudy.mock_server.store import StoreError
from understudy.mock_server.store.memory import MemoryStore
from understudy.mock_server.store.opening import open_store
from understudy.mock_server.store.sqlite import SqliteStore


def test_without_an_address_everything_is_kept_in_memory() -> None:
    assert isinstance(open_store(None, TABLES, Seeds()), MemoryStore)


def test_four_slashes_lead_from_the_root(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/state.db", TABLES, Seeds())
    asyncio.run(store.close())

    assert isinstance(store, SqliteStore)
    assert (tmp_path / "state.db").is_file()


def test_three_slashes_lead_from_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    asyncio.run(open_store("sqlite:///state.db", TABLES, Seeds()).close())

    assert (tmp_path / "state.db").is_file()


@pytest.mark.parametrize("name", ["a b.db", "a?b=c.db", "a%20b.db", "ü#.db"])
def test_a_path_is_taken_as_it_is_written(tmp_path: Path, name: str) -> None:
    asyncio.run(open_store(f"sqlite:///{tmp_path}/{name}", TABLES, Seeds()).close())

    assert (tmp_path / name).is_file()


@pytest.mark.parametrize(
    "address",
    [
        "", "memory", "state.db", "sqlite:", "sqlite://", "sqlite:///", "sqlite://state.db", "sqlite:/state.db",
        "SQLITE:///state.db", "mysql://localhost/mock", "postgresql://", "postgresql:///"[:-2], "://",
    ],
)  # fmt: skip
def test_what_is_no_store_is_refused_with_what_would_be_one(address: str) -> None:
    with pytest.raises(
        StoreError, match=r"is not a store address; use sqlite:///PATH or postgresql://USER@HOST/DATABASE"
    ):
        open_store(address, TABLES, Seeds())


def test_a_refusal_repeats_no_password() -> None:
    with pytest.raises(StoreError, match=r"^mysql://… is not a store address"):
        open_store("mysql://ada:hunter2@localhost/mock", TABLES, Seeds())


def test_who_needs_no_postgresql_does_not_wait_for_its_driver() -> None:
    program = "import sys, understudy.mock_server.store.opening; print('asyncpg' in sys.modules)"

    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)

    assert finished.stdout == "False\n"
