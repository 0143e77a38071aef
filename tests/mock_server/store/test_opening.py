"""From an address to a store: which kind stands behind it, where its file lies, and what is none."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
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


def test_a_refusal_names_the_scheme() -> None:
    with pytest.raises(StoreError, match=r"^mysql://… is not a store address"):
        open_store("mysql://ada:hunter2@localhost/mock", TABLES, Seeds())


#: No part of it occurs in any message.
PASSWORD = "hunter2QX"

#: Characters that may be anywhere in an address that somebody mistyped.
odd = st.text(st.sampled_from("aZ9:/?#@[]%&=., \n\0é-"), max_size=4)


BEFORE = ["postgresql://", "postgres://", "postgresql:/", "postgresql:", "mysql://", "", "user ", "://"]
HOSTS = [
    "",
    "[",
    "[::1",
    "[::1]:x",
    "]",
    "localhost:port",
    "localhost:99999999",
    "127.0.0.1:99999",
    "127.0.0.1:1",
    "a,,b",
]
RESTS = [
    "", "/", "/db", "/db?sslmode=none", "/db?connect_timeout=soon", "/db?schema", "/db?port=99999",
    "/db?port=x&host=/tmp", "/db?host=,",
]  # fmt: skip
FORMS = [
    "{user}:{password}@{host}{rest}", "{host}{rest}?password={password}", "{host}/{rest}&password={password}",
    "{user}:{password}{host}", "host={host} password={password}", "{password}@{host}",
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    before=st.sampled_from(BEFORE),
    user=odd,
    password=st.tuples(odd, odd).map(PASSWORD.join),
    host=st.sampled_from(HOSTS) | odd,
    rest=st.sampled_from(RESTS) | odd,
    form=st.sampled_from(FORMS),
)
def test_no_message_repeats_a_password(
    impatient: None, before: str, user: str, password: str, host: str, rest: str, form: str
) -> None:
    assume("@" in form or "@" not in password)  # what follows the only @ is the host
    address = before + form.format(user=user, password=password, host=host, rest=rest)
    with pytest.raises(StoreError) as refusal:
        open_store(address, TABLES, Seeds())

    assert PASSWORD not in str(refusal.value)
    assert PASSWORD not in "".join(traceback.format_exception_only(refusal.value.__cause__ or refusal.value))


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://ada:hunter2@127.0.0.1:1/mock", "postgresql://127.0.0.1:1/mock"),
        ("postgresql://ada:hunt[er]2@127.0.0.1:1/mock", "postgresql://127.0.0.1:1/mock"),
        ("postgres://127.0.0.1:1/mock?user=ada&password=hunter2", "postgresql://127.0.0.1:1/mock"),
        ("postgresql://ada:hunter2@[::1]:1/mock?sslmode=disable", r"postgresql://\[::1\]:1/mock"),
    ],
)
@pytest.mark.usefixtures("impatient")
def test_a_database_that_cannot_be_reached_is_shown_without_credentials(address: str, shown: str) -> None:
    with pytest.raises(StoreError, match=rf"^{shown} cannot be used as a store: "):
        open_store(address, TABLES, Seeds())


@pytest.fixture(scope="module")
def impatient() -> Iterator[None]:
    """Nobody waits for a database that is not there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("understudy.mock_server.store.postgres.store.START", 0.0)
        yield


def test_who_needs_no_postgresql_does_not_wait_for_its_driver() -> None:
    program = "import sys, understudy.mock_server.store.opening; print('asyncpg' in sys.modules)"

    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)

    assert finished.stdout == "False\n"
