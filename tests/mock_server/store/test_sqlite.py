"""SQLite files: whose they are, how those of sessions are named, and what is left when they go."""

from __future__ import annotations

import asyncio
import contextlib
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from stores import TABLES, THINGS, Bench, Seeds, row

from understudy.mock_server.store import StoreError, StoreFullError, Table
from understudy.mock_server.store.sqlite import SqliteStore
from understudy.mock_server.store.sqlite.errors import store_error
from understudy.mock_server.store.sqlite.files import connect
from understudy.mock_server.store.sqlite.store import LAYOUT


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


@pytest.fixture
def bench(file: Path) -> Iterator[Bench]:
    """Stores over one file."""
    with asyncio.Runner() as runner:
        tested = Bench(lambda seeds: SqliteStore(TABLES, seeds, file), runner)
        yield tested
        tested.close()


def beside(file: Path) -> list[Path]:
    """The databases of sessions beside the default one."""
    return sorted(each for each in file.parent.iterdir() if re.fullmatch(rf"{file.name}\.session-\w+", each.name))


def edit(file: Path, *statements: str) -> None:
    """Change a file behind the store's back."""
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def made(file: Path, tables: tuple[Table, ...] = TABLES) -> None:
    """A file with the seed that nobody has open."""
    asyncio.run(SqliteStore(tables, Seeds(), file).close())


# Whose they are.


def test_a_file_says_which_layout_and_seed_it_holds(file: Path) -> None:
    made(file)

    with contextlib.closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT * FROM _meta").fetchall() == [("key", f"{LAYOUT}/five things")]


@pytest.mark.parametrize("layout", [LAYOUT - 1, LAYOUT + 1])
def test_a_file_of_another_layout_is_refused_with_both(file: Path, layout: int) -> None:
    made(file)
    edit(file, f"UPDATE _meta SET value = '{layout}/five things'")

    with pytest.raises(
        StoreError, match=rf"state\.db was made by another version.*{layout}/five things, here {LAYOUT}/"
    ):
        SqliteStore(TABLES, Seeds(), file)


@pytest.mark.parametrize("statement", ["DELETE FROM _meta", "DROP TABLE _meta"])
def test_a_file_that_does_not_say_what_it_holds_is_refused(file: Path, statement: str) -> None:
    made(file)
    edit(file, statement)

    with pytest.raises(StoreError, match=r"state\.db"):
        SqliteStore(TABLES, Seeds(), file)


def test_an_empty_file_is_nobodys_store(file: Path) -> None:
    file.touch()

    with pytest.raises(StoreError, match=r"state\.db cannot be used as a store"):
        SqliteStore(TABLES, Seeds(), file)


def test_a_refused_file_is_not_changed_and_nothing_is_left_beside_it(file: Path) -> None:
    made(file)
    edit(file, "PRAGMA journal_mode = DELETE")
    before = file.read_bytes()

    with pytest.raises(StoreError):
        SqliteStore(TABLES, Seeds("other things"), file)

    assert (file.read_bytes(), list(file.parent.iterdir())) == (before, [file])


def test_a_new_file_is_whole_from_the_first_moment(bench: Bench, file: Path) -> None:
    assert not [each for each in file.parent.iterdir() if each.name.startswith(".")]
    assert file.read_bytes()[18:20] == b"\x02\x02"  # it has a write-ahead log before anybody opens it


# How those of sessions are named.


def test_a_session_is_a_file_beside_the_default_one_under_a_drawn_name(bench: Bench, file: Path) -> None:
    for name in ("one", "two"):
        bench.session(name)

    assert [bool(re.fullmatch(r"state\.db\.session-[0-9a-f]{16}", each.name)) for each in beside(file)] == [True, True]


@pytest.mark.parametrize("name", ["../../etc", "/tmp/x", "a\0b", "a'b", "x" * 500, "state.db"])
def test_no_name_of_a_session_becomes_a_path(bench: Bench, file: Path, name: str) -> None:
    bench.put(bench.session(name), row(9, "mine"))

    assert all(each.name.startswith(file.name) for each in file.parent.iterdir())
    assert bench.run(bench.store.sessions()) == ["", name]


def test_a_name_is_never_drawn_twice(bench: Bench, file: Path) -> None:
    bench.session("one")
    (before,) = beside(file)
    bench.run(bench.store.drop("one"))
    bench.session("one")

    assert beside(file) != [before]


def test_a_session_that_was_made_is_found_again_in_its_file(bench: Bench, file: Path) -> None:
    bench.put(bench.session("one"), row(9, "mine"))
    bench.run(bench.store.close())
    files = beside(file)

    assert "mine" in bench.ids(bench.session("one"))
    assert beside(file) == files


def test_a_dropped_session_leaves_nothing_behind(bench: Bench, file: Path) -> None:
    bench.put(bench.session("one"), row(9, "mine"))
    bench.run(bench.store.drop("one"))

    assert not [each for each in file.parent.iterdir() if ".session-" in each.name]


def test_a_session_whose_file_was_deleted_begins_anew(bench: Bench, file: Path) -> None:
    session = bench.session("one")
    bench.put(session, row(9, "mine"))
    for each in file.parent.glob("*.session-*"):
        each.unlink()

    assert bench.ids(session) == ["id0", "id1", "id2", "id3", "id4"]


def test_a_damaged_session_is_reported_by_its_file_and_the_others_go_on(bench: Bench, file: Path) -> None:
    bench.session("one")
    bench.run(bench.store.close())
    (damaged,) = beside(file)
    damaged.write_bytes(b"a letter, not a database\n" * 100)

    with pytest.raises(StoreError, match=damaged.name):
        bench.ids(bench.session("one"))
    assert [len(bench.ids(bench.session(name))) for name in ("", "two")] == [5, 5]


def test_a_damaged_session_can_be_dropped(bench: Bench, file: Path) -> None:
    bench.session("one")
    bench.run(bench.store.close())
    beside(file)[0].write_bytes(b"a letter, not a database\n" * 100)

    assert bench.run(bench.store.drop("one"))
    assert len(bench.ids(bench.session("one"))) == 5


# What is kept in them.


def test_a_snapshot_does_not_hold_the_snapshots_before_it(bench: Bench) -> None:
    session: Any = bench.session()
    for label in ("a", "b", "c"):
        bench.run(session.save_snapshot(label))

    sizes = session.file.connection.execute("SELECT DISTINCT length(image) FROM _snapshots").fetchall()
    assert len(sizes) == 1


def test_a_restored_snapshot_keeps_the_other_snapshots_and_the_sessions(bench: Bench) -> None:
    session = bench.session()
    bench.run(session.save_snapshot("a"))
    bench.session("one")
    bench.run(session.save_snapshot("b"))

    bench.run(session.restore_snapshot("a"))

    assert (bench.run(session.snapshots()), bench.run(bench.store.sessions())) == (["a", "b"], ["", "one"])


def test_a_damaged_snapshot_changes_nothing(bench: Bench) -> None:
    session: Any = bench.session()
    bench.put(session, row(9, "mine"))
    bench.run(session.save_snapshot("a"))
    session.file.connection.execute("UPDATE _snapshots SET image = zeroblob(length(image))")

    with pytest.raises(StoreError):
        bench.run(session.restore_snapshot("a"))

    assert "mine" in bench.ids(session)


# What SQLite says.


#: Takes the lock on the byte that SQLite locks while a connection is closed, and holds it for a moment.
CLOSING = """
import fcntl, sys, time
with open(sys.argv[1], "r+b") as file:
    fcntl.lockf(file, fcntl.LOCK_EX, 1, 0x40000000)
    print("locked", flush=True)
    time.sleep(0.3)
"""


def test_a_connection_waits_for_another_one_that_is_closed_while_it_opens(file: Path) -> None:
    made(file)
    with subprocess.Popen([sys.executable, "-c", CLOSING, str(file)], stdout=subprocess.PIPE) as closing:
        assert closing.stdout is not None
        closing.stdout.readline()
        with contextlib.closing(connect(file)) as connection:
            assert connection.execute("SELECT count(*) FROM _meta").fetchone() == (1,)
            assert connection.execute("PRAGMA busy_timeout").fetchone() == (0,)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (sqlite3.SQLITE_FULL, StoreFullError),
        (sqlite3.SQLITE_IOERR_WRITE, StoreFullError),
        (sqlite3.SQLITE_IOERR_READ, StoreError),
        (sqlite3.SQLITE_BUSY, StoreError),
        (sqlite3.SQLITE_CORRUPT, StoreError),
    ],
)
def test_a_full_disk_is_distinguished_from_every_other_failure(code: int, kind: type[StoreError]) -> None:
    error = sqlite3.OperationalError("why")
    error.sqlite_errorcode = code

    assert (type(store_error(error)), str(store_error(error))) == (kind, "why")


def test_an_error_of_the_driver_itself_is_a_failure_of_the_store(bench: Bench) -> None:
    session: Any = bench.session()

    async def close(tx: Any) -> None:
        session.file.connection.close()
        await tx.get(THINGS, "id1")

    with pytest.raises(StoreError, match="closed"):
        bench.write(session, close)
    session.close()
